"""The page for data scientists names commands and options that exist."""

import re
import shlex
from pathlib import Path

import click
import pytest

from classifier.cli import heartline

PAGE = Path(__file__).parents[2] / "docs" / "data-scientists.md"
COMMANDS = re.findall(r"^heartline .*$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_can_be_typed(line):
    _, name, *arguments = shlex.split(line, comments=True)
    command = heartline.get_command(click.Context(heartline), name)
    assert command is not None
    declared = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= declared


def test_the_page_shows_several_commands():
    assert len(COMMANDS) >= 8
