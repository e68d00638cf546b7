"""The record: what was shown, decided and came of it, in one chain that nobody can change unseen.

`Record` is the only way in; `api.record.events` has the forms of what is recorded.
"""

from api.record.record import Receipt, Record, RecordUnavailable

__all__ = ["Receipt", "Record", "RecordUnavailable"]
