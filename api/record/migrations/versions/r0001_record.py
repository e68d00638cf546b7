"""The first form: the chain of events, and the texts of notes apart from it."""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0001"
down_revision = None

# Against mistakes, not against whoever owns the database: from them only the chain protects.
ONLY_ADDED_TO = {
    "sqlite": [
        f"CREATE TRIGGER events_no_{what} BEFORE {what} ON events "
        "BEGIN SELECT RAISE(ABORT, 'the record is only added to'); END"
        for what in ("update", "delete")
    ],
    "postgresql": [
        "CREATE FUNCTION events_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record is only added to'; END $$",
        "CREATE TRIGGER events_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_only_added_to()",
    ],
}


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(36), nullable=False, unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("recorded", sa.String(27), nullable=False),
        sa.Column("call_id", sa.String(200)),
        sa.Column("incident_id", sa.String(200)),
        sa.Column("subject", sa.String(200)),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("events_by_call", "events", ["call_id", "number"])
    op.create_index("events_by_incident", "events", ["incident_id", "number"])
    op.create_index("events_by_subject", "events", ["kind", "subject", "number"])
    op.create_index("events_by_time", "events", ["at"])
    op.create_table(
        "notes",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("call_id", sa.String(200)),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("notes_by_time", "notes", ["at"])
    for statement in ONLY_ADDED_TO[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: a record is not taken apart."""
    raise CommandError("a record has no way back; restore a backup into a database of its own")
