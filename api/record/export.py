"""The record for others: JSON Lines and CSV of a time range. What reads it needs no database."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final, TextIO

import orjson

from api.record import notes
from api.record.chain import Row
from api.record.store import Store

COLUMNS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "number": lambda each: each["number"],
    "event_id": lambda each: each["event_id"],
    "kind": lambda each: each["kind"],
    "at": lambda each: each["at"],
    "recorded": lambda each: each["recorded"],
    "call_id": lambda each: each.get("call_id"),
    "incident_id": lambda each: each.get("incident_id"),
    "by": lambda each: each.get("by"),
    "actor": lambda each: each["actor"].get("id"),
    "role": lambda each: each["actor"].get("role"),
    "suggestion_id": lambda each: each.get("suggestion_id"),
    "mode": lambda each: each.get("mode"),
    "area": lambda each: each.get("area"),
    "call_type": lambda each: each.get("call_type"),
    "categories": lambda each: _categories(each),
    "acuity": lambda each: each.get("acuity", _shown(each, "acuity", "level")),
    "weapon": lambda each: each.get("weapon", _shown(each, "weapon")),
    "unit": lambda each: each.get("unit", _shown(each, "response", "unit")),
    "unit_kind": lambda each: _shown(each, "response", "kind"),
    "also": lambda each: " ".join(each.get("also") or _shown(each, "response", "also") or ()),
    "available": lambda each: _shown(each, "response", "available"),
    "instead": lambda each: _shown(each, "response", "instead", "unit"),
    "instead_reason": lambda each: _shown(each, "response", "instead", "reason"),
    "row": lambda each: _shown(each, "response", "row"),
    "action": lambda each: each.get("action"),
    "code": lambda each: each.get("code"),
    "reason": lambda each: each.get("reason"),
    "eligible": lambda each: each.get("eligible"),
    "police_called": lambda each: each.get("police_called"),
    "settled_by_phone": lambda each: each.get("settled_by_phone"),
    "weapon_found": lambda each: each.get("weapon_found"),
    "anyone_hurt": lambda each: each.get("anyone_hurt"),
    "backup_called": lambda each: each.get("backup_called"),
    "team_declined": lambda each: each.get("team_declined"),
    "follow_up_id": lambda each: each.get("follow_up_id"),
    "status": lambda each: each.get("status"),
    "due": lambda each: each.get("due"),
    "model": lambda each: _shown(each, "versions", "model"),
    "rules": lambda each: _shown(each, "versions", "rules"),
    "policy": lambda each: _shown(each, "versions", "policy"),
    "content": lambda each: orjson.dumps(each["_event"], option=orjson.OPT_SORT_KEYS).decode(),
}
"""The columns of the CSV, and how each is found; `content` is the whole event as JSON."""
AT_ONCE: Final = 500


def rows(
    store: Store,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: Sequence[str] = (),
    with_notes: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield each event with its place in the chain, in the chain's order.

    Parameters
    ----------
    store : Store
        The database.
    since, until : datetime, optional
        What happened from `since` on, before `until`.
    kinds : sequence of str
        Only these kinds.
    with_notes : bool
        Add the text of the note as `note`, where it is kept.
    """
    found = store.rows(since=since, until=until, kinds=kinds)
    for some in _batches(found):
        texts = notes.texts(store, [row.event_id for row in some]) if with_notes else {}
        for row in some:
            event = orjson.loads(row.content)
            place = {
                "number": row.number,
                "recorded": row.recorded,
                "hash": row.hash,
                "previous": row.previous,
            }
            yield {**event, **place, **({"note": texts[row.event_id]} if row.event_id in texts else {})}


def write_jsonl(found: Iterable[Mapping[str, Any]], file: BinaryIO) -> int:
    """Write a line for each event; return how many."""
    count = 0
    for each in found:
        file.write(orjson.dumps(each, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


def write_csv(found: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """Write a row for each event, flat, under the names in `COLUMNS`; return how many."""
    table = csv.writer(file)
    table.writerow(COLUMNS)
    count = 0
    for each in found:
        whole = {**each, "_event": {name: value for name, value in each.items() if name not in _PLACE}}
        table.writerow([_cell(value(whole)) for value in COLUMNS.values()])
        count += 1
    return count


_PLACE: Final = {"number", "recorded", "hash", "previous", "note"}


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _shown(each: Mapping[str, Any], *way: str) -> Any:
    found: Any = each.get("suggestion")
    for step in way:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _categories(each: Mapping[str, Any]) -> str:
    if "categories" in each:
        return " ".join(each["categories"])
    suggested = _shown(each, "categories") or ()
    return " ".join(category["category"] for category in suggested if category["suggested"])


def _batches(found: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(found, AT_ONCE)):
        yield some
