"""How the service answers: `live`, `shadow`, `rules_only` or `off`; kept, recorded, seen by all workers."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
from pydantic import BaseModel, ConfigDict, ValidationError

from api.kept import replace, stamp
from api.problems import Problem, where
from api.record import Record
from api.record.events import Actor, Mode, ModeChanged
from api.record.writer import State

log = logging.getLogger("heartline")

FILE: Final = "mode.json"
MEANING: Final[Mapping[Mode, str]] = {
    "live": "Suggestions are shown and recorded.",
    "shadow": "Suggestions are recorded and shown to nobody.",
    "rules_only": "Rules and policy answer, without the model.",
    "off": "Nothing is suggested.",
}


class _Kept(BaseModel):
    """The last change, as the file holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: ModeChanged
    recorded: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The mode, since when, and who switched it."""

    mode: Mode
    since: datetime | None = None
    by: str | None = None


class Modes:
    """The mode of this machine's workers, and through the record that of all machines.

    A file in the data directory says it to every worker at once, also while the database is away: whoever
    must stop the service can. The record carries it to other machines, the last change there counts, except
    that a change of our own that waits in the spool holds until it is there.

    Parameters
    ----------
    data_dir : Path
        Holds `mode.json`.
    record : Record, optional
        Where changes are recorded.
    """

    def __init__(self, data_dir: Path, record: Record | None) -> None:
        self._path = data_dir / FILE
        self._record = record
        self._stamp: object = None
        self._kept: _Kept | None = None
        self.trouble: str | None = None

    @property
    def now(self) -> Mode:
        """The mode at this moment: looks whether the file was replaced, which takes a microsecond."""
        self._load()
        return "live" if self._kept is None else self._kept.event.after

    @property
    def standing(self) -> Standing:
        """The mode, since when, and by whom."""
        mode = self.now
        if self._kept is None:
            return Standing(mode)
        event = self._kept.event
        return Standing(mode, event.at, event.by or event.actor.id)

    def switch(self, mode: Mode, *, actor: Actor, by: str | None = None) -> State:
        """Change the mode from the next request on; return what became of the record of it.

        It holds even where it cannot be recorded now: it is recorded later.

        Raises
        ------
        OSError
            Where it cannot be kept; then the mode is as it was.
        """
        event = ModeChanged(before=self.now, after=mode, actor=actor, by=by)
        self._keep(_Kept(event=event, recorded=self._record is None))
        if self._record is None:
            return "no"
        state = self._record.append(event)
        if state == "stored":
            self._keep(_Kept(event=event, recorded=True))
        return state

    async def follow(self, seconds: float) -> None:
        """Take over what other machines have switched, again and again."""
        while True:
            try:
                if self._record is not None and self._record.state == "stored":
                    await anyio.to_thread.run_sync(self.agree)
            except Exception as error:
                log.error("the mode cannot be compared with the record: %s", where(error))
            await anyio.sleep(seconds)

    def agree(self) -> None:
        """Record a change of our own that is not there yet; else take over the last one that is."""
        if self._record is None:
            return
        self._load()
        kept = self._kept
        if kept is not None and not kept.recorded:
            if self._record.append(kept.event) == "stored" and self._is(kept):
                self._keep(_Kept(event=kept.event, recorded=True))
            return
        row = self._record.store.latest("mode")
        last = row.event if row is not None and isinstance(row.event, ModeChanged) else None
        if kept is not None and (last is None or last.event_id != kept.event.event_id):
            lost = self._record.store.find(kept.event.event_id) is None  # the database is an older copy
            if lost and (last is None or last.at < kept.event.at):
                self._record.append(kept.event)
                return
        if last is not None and (kept is None or last.event_id != kept.event.event_id):
            self._keep(_Kept(event=last, recorded=True))
            log.info("the mode is %s, as the record says", last.after)

    def _is(self, kept: _Kept) -> bool:
        """Return whether nobody has switched meanwhile."""
        self._load()
        return self._kept is not None and self._kept.event.event_id == kept.event.event_id

    def _keep(self, kept: _Kept) -> None:
        replace(self._path, kept.model_dump_json())
        self._load()

    def _load(self) -> None:
        now = stamp(self._path)
        if now == self._stamp:
            return
        self._stamp = now
        if now is None:
            self._kept, self.trouble = None, None
            return
        try:
            self._kept, self.trouble = _Kept.model_validate_json(self._path.read_bytes()), None
        except (OSError, ValidationError):
            self.trouble = f"{self._path} cannot be read; the mode is as it was. Switch it again."
            log.error("%s", self.trouble)


def switched_off() -> Problem:
    """Return the answer while nothing is suggested."""
    return Problem(
        503,
        "Heartline is switched off and suggests nothing; work as without it. An administrator switches it on "
        "again by PUT /v1/mode.",
    )
