"""The tables. `events` only ever grows; `notes` is apart from it and may be emptied at any time."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

METADATA: Final = MetaData()

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("at", String(27), nullable=False),
    Column("recorded", String(27), nullable=False),
    Column("call_id", String(200)),
    Column("incident_id", String(200)),
    Column("subject", String(200)),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("events_by_call", "call_id", "number"),
    Index("events_by_incident", "incident_id", "number"),
    Index("events_by_subject", "kind", "subject", "number"),
    Index("events_by_time", "at"),
)

NOTES: Final = Table(
    "notes",
    METADATA,
    Column("event_id", String(36), primary_key=True),
    Column("call_id", String(200)),
    Column("at", String(27), nullable=False),
    Column("text", Text, nullable=False),
    Index("notes_by_time", "at"),
)
"""Texts of notes, where a center keeps them: by the event that showed a suggestion for them."""
