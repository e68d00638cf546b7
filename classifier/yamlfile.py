"""Reading a YAML file into a typed form, with errors that name the file, the line and the field."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Form = TypeVar("Form", bound=BaseModel)


_BOOL = "tag:yaml.org,2002:bool"


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 takes `on`, `off`, `no` and `y` for truth values; here they are the words that they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), ["t", "f"])


class FileError(ValueError):
    """A file that cannot be used; every line of the message is one thing to mend."""


def load(path: Path, form: type[Form], context: dict[str, Any] | None = None) -> Form:
    """Read `path` into `form`; the form's validators see `context`.

    Raises
    ------
    FileError
        When the file is missing, is no YAML, or does not have the form; names file, line and field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  # nosec B506
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise FileError(f"{path}:{line}: is no YAML: {getattr(error, 'problem', error)}") from error
    try:
        return form.model_validate(content, context=context)
    except ValidationError as error:
        problems = (
            f"{path}:{line_of(root, at)}: {'.'.join(map(str, at)) or 'file'}: {what}"
            for at, what in ((problem["loc"], problem["msg"]) for problem in error.errors(include_url=False))
        )
        raise FileError("\n".join(problems)) from error


def line_of(node: yaml.Node | None, location: Sequence[str | int]) -> int:
    """Return the 1-based line of the deepest part of `location` that the file has."""
    if node is None:
        return 1
    if location and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(location[0]):
                return line_of(value, location[1:]) if len(location) > 1 else key.start_mark.line + 1
    if location and isinstance(node, yaml.SequenceNode) and isinstance(location[0], int):
        return line_of(node.value[location[0]], location[1:])
    return node.start_mark.line + 1
