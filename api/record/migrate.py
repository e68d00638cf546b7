"""Brings the tables of a record to the form that this version writes; nobody else may do so meanwhile."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from api.record.database import RecordUnavailable, appending

SCRIPTS: Final = Path(__file__).with_name("migrations")


def migrate(engine: Engine) -> None:
    """Run the migrations that are still to be run, under the lock of the chain.

    Raises
    ------
    RecordUnavailable
        If a newer version of Heartline has been here.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head():
            return
    with appending(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise RecordUnavailable(
                f"The record was written by a newer version of Heartline (its form is {current}); "
                "run that version, or restore a backup into a database of its own."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
