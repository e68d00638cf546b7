"""What a caller sends: a call note, and what else is known of the call."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

MOST_CODE_POINTS = 100_000


def _readable(note: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in note):
        raise ValueError("holds a lone surrogate, which is no character; send the note as valid Unicode")
    if not note.strip():
        raise ValueError("is blank; send what the telecommunicator has typed")
    return note


NoteText = Annotated[str, Field(max_length=MOST_CODE_POINTS), AfterValidator(_readable)]


class Answers(BaseModel):
    """What the telecommunicator answered by key. An answer fills a gap or adds a danger; it removes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weapon: Literal["present", "denied_first_hand", "denied_second_hand", "unknown"] | None = None
    person: Literal["with_caller", "in_sight", "elsewhere_known", "missing"] | None = None
    fight: Literal["going_on", "stopped_together", "apart", "none"] | None = None
    hurt: Literal["yes", "no", "unknown"] | None = None
    will_talk: Literal["yes", "no"] | None = None
    means: Literal["in_hand", "at_hand", "away", "none"] | None = None
    domestic: Literal["yes", "no"] | None = None


class Location(BaseModel):
    """Where the call is, in degrees (WGS 84)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Request(BaseModel):
    """One call note to read. Only `note` is required.

    Parameters
    ----------
    note : str
        The note as typed so far: not blank, at most 100,000 code points, no lone surrogates.
    call_id : str, optional
        The caller's own id of the call; comes back unchanged.
    at : datetime, optional
        When the call is, with an offset; decides which teams are on shift.
    area : str, optional
        A name from the policy; wins over `location`.
    location : Location, optional
        Looked up in the policy's areas.
    call_type : str, optional
        The center's own call type.
    answers : Answers, optional
        What was answered by key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: NoteText
    call_id: Annotated[str, Field(max_length=200)] | None = None
    at: AwareDatetime | None = None
    area: Annotated[str, Field(max_length=200)] | None = None
    location: Location | None = None
    call_type: Annotated[str, Field(max_length=200)] | None = None
    answers: Answers = Answers()
