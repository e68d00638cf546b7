"""What can be recorded: one closed, typed form for each kind of event.

No event holds text of a note, and no field is free text: where somebody gives a reason it is one of a list,
so that nothing of a call can slip into a record that is kept for years.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

import orjson
import uuid6
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from api.record.shown import Shown
from classifier.terms import Acuity, Category, Hazard, Status, Weapon


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id or a name that a center gives: of a call, a person, a premise."""
CODE: Final = r"^[\w.:/#&+-]+( [\w.:/#&+-]+){0,3}$"
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=CODE)]
"""A unit or a code of the dispatch system: a few words at most, so that it cannot hold a note."""
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Mode = Literal["live", "shadow", "rules_only", "off"]


class Form(BaseModel):
    """A closed form that is never changed once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Actor(Form):
    """Who did it, as the service knows it: a key or a token; `none` where no key is asked for."""

    id: Name | None = None
    role: Code | None = None
    via: Literal["none", "key", "token", "service", "command"] = "none"


class Given(Form):
    """What whoever reports an event may say of it, whatever it is.

    Parameters
    ----------
    at : datetime
        When it happened, by the clock of whoever saw it; the order of the record is not taken from it.
    by : str, optional
        The person as the caller names them; nothing vouches for it but the actor.
    call_id, incident_id : str, optional
        The call, and what links it with others.
    """

    at: Moment = Field(default_factory=lambda: datetime.now(UTC))
    by: Name | None = None
    call_id: Name | None = None
    incident_id: Name | None = None


class Event(Given):
    """What every event has.

    Parameters
    ----------
    event_id : str
        A UUID. The same id is recorded once, however often it is handed in.
    actor : Actor
        Who did it.
    fingerprint : str, optional
        Keyed hash of the request, where it came with an Idempotency-Key.
    """

    ABOUT: ClassVar[str | None] = None

    kind: str
    event_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")] = Field(
        default_factory=lambda: str(uuid6.uuid7())
    )
    actor: Actor = Actor()
    fingerprint: Digest | None = None

    @property
    def subject(self) -> str | None:
        """The id of what the event is about, where several events are about the same thing."""
        return None if self.ABOUT is None else getattr(self, self.ABOUT)


class NoteMark(Form):
    """What is kept of a note: a keyed hash, which says whether two notes are the same, and its length."""

    hmac: Digest
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$", description="Which key made the hash.")]
    length: Annotated[int, Field(ge=0)]


class SuggestionShown(Event):
    """A suggestion that differs from the one before it on the same call."""

    kind: Literal["suggestion_shown"] = "suggestion_shown"
    suggestion_id: Name
    suggestion: Shown
    note: NoteMark
    latency_ms: float
    mode: Mode = "live"
    shown_to: Name | None = None
    call_at: Moment | None = None
    area: Name | None = None
    call_type: Code | None = None
    language: Code | None = None

    ABOUT: ClassVar = "suggestion_id"


Reason = Literal[
    "knew_more",
    "read_wrongly",
    "caller_asked_otherwise",
    "caller_refused",
    "unit_busy",
    "unit_off_shift",
    "unit_out_of_area",
    "unit_declined",
    "no_answer_on_scene",
    "weapon",
    "violence",
    "medical",
    "protocol",
    "supervisor",
    "duplicate_call",
    "other",
]
"""Why a person decided as they did. A closed list: a free text would sooner or later quote the note."""


class DecisionGiven(Given):
    """What is posted of a decision: what a person made of a suggestion."""

    suggestion_id: Name | None = None
    action: Literal["accepted", "changed", "dismissed", "undone"]
    unit: Code | None = None
    also: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    code: Code | None = None
    priority: Code | None = None
    categories: Annotated[tuple[Category, ...], Field(max_length=4)] | None = None
    acuity: Acuity | None = None
    weapon: Weapon | None = None
    reason: Reason | None = None
    eligible: Annotated[
        bool | None, Field(description="Whether an unarmed team could have taken the call.")
    ] = None


class Decision(DecisionGiven, Event):
    """What a person made of a suggestion. `dismissed` is as good an answer as any."""

    ABOUT: ClassVar = "suggestion_id"

    kind: Literal["decision"] = "decision"


class OutcomeGiven(Given):
    """What is posted of an outcome: what came of a call."""

    unit: Annotated[Code | None, Field(description="The unit that went.")] = None
    also: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    police_called: bool | None = None
    settled_by_phone: bool | None = None
    weapon_found: bool | None = None
    anyone_hurt: bool | None = None
    backup_called: bool | None = None
    team_declined: bool | None = None
    reason: Reason | None = None
    minutes: Annotated[float | None, Field(ge=0, le=10_000)] = None


class Outcome(OutcomeGiven, Event):
    """What came of a call."""

    kind: Literal["outcome"] = "outcome"


FOLLOW_UP_WITHIN: Final = timedelta(hours=48)


class FollowUpGiven(Given):
    """What is posted of a follow-up: how it stands."""

    follow_up_id: Annotated[Name | None, Field(description="Of one there is; a new one without.")] = None
    status: Literal["due", "attempted", "reached", "closed"] = "due"
    due: Annotated[Moment | None, Field(description="Within 48 hours, which is what it is by itself.")] = None
    attempts: Annotated[int, Field(ge=0, le=1000)] = 0
    consent: bool | None = None
    safe_to_call: bool | None = None
    result: Literal["connected", "declined", "not_found", "referred", "no_longer_needed"] | None = None


class FollowUp(FollowUpGiven, Event):
    """How a follow-up stands: each event gives all of it, the last one counts."""

    ABOUT: ClassVar = "follow_up_id"

    kind: Literal["follow_up"] = "follow_up"
    follow_up_id: Name
    due: Moment


class UnitsAssignedGiven(Given):
    """What is posted of units: all that are on their way."""

    units: Annotated[tuple[Code, ...], Field(max_length=50)]


class UnitsAssigned(UnitsAssignedGiven, Event):
    """The units that are on their way to a call; an empty list takes them off."""

    kind: Literal["units_assigned"] = "units_assigned"


class Change(Form):
    """A danger whose status is another than when units were sent."""

    hazard: Hazard
    before: Status | None = None
    after: Status
    rules: tuple[Name, ...] = ()


class Alert(Event):
    """A danger that is new, or stands otherwise, while a team is rolling."""

    kind: Literal["alert"] = "alert"
    alert_id: Name
    suggestion_id: Name
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    weapon: Weapon
    acuity: Acuity | None = None
    units: tuple[Code, ...]
    from_call: Annotated[Name | None, Field(description="The linked call that spoke of it.")] = None

    ABOUT: ClassVar = "alert_id"


class AlertAcknowledged(Event):
    """A person has seen an alert."""

    kind: Literal["alert_acknowledged"] = "alert_acknowledged"
    alert_id: Name

    ABOUT: ClassVar = "alert_id"


class Caution(Form):
    """What is known of a premise or a person before anybody gets there.

    A closed list, no text: an unarmed team is shown it, and must not be given anybody's criminal history.
    """

    kind: Literal[
        "weapon_on_premise",
        "violence_toward_responders",
        "animal",
        "hazardous_material",
        "infection",
        "access",
        "officer_safety",
        "suicide_risk",
        "medical_condition",
        "communication",
        "other",
    ]
    about: Literal["premise", "person"] = "premise"
    severity: Literal["highest", "high", "normal", "low", "lowest"] = "normal"
    source: Code | None = None
    since: Moment | None = None
    criminal_history: Annotated[
        bool, Field(description="Comes from a record of crimes: kept for dispatchers, never shown to a team.")
    ] = False


class CautionsGiven(Event):
    """The cautions that came with a call."""

    kind: Literal["cautions"] = "cautions"
    cautions: Annotated[tuple[Caution, ...], Field(max_length=50)]


class Promotion(Event):
    """Another model, rule set or policy answers from now on."""

    ABOUT: ClassVar = "what"

    kind: Literal["promotion"] = "promotion"
    what: Literal["model", "rules", "policy"]
    before: Name | None = None
    after: Name | None = None


class ModeChanged(Event):
    """How the service answers from now on."""

    kind: Literal["mode"] = "mode"
    before: Mode
    after: Mode


class SettingChanged(Event):
    """A setting is another than at the last start. Secrets are named, never given."""

    kind: Literal["setting"] = "setting"
    name: Name
    before: Annotated[str, Field(max_length=2000)] | None = None
    after: Annotated[str, Field(max_length=2000)] | None = None

    ABOUT: ClassVar = "name"


class KeyChanged(Event):
    """A key was given out or taken back; its id, never the key."""

    kind: Literal["key"] = "key"
    key_id: Name
    change: Literal["added", "revoked"]
    role: Code | None = None

    ABOUT: ClassVar = "key_id"


class NotesPurged(Event):
    """Texts of notes were deleted; what the chain says of them stays."""

    kind: Literal["notes_purged"] = "notes_purged"
    count: Annotated[int, Field(ge=0)]
    before: Moment


AnyEvent = (
    SuggestionShown
    | Decision
    | Outcome
    | FollowUp
    | UnitsAssigned
    | Alert
    | AlertAcknowledged
    | CautionsGiven
    | Promotion
    | ModeChanged
    | SettingChanged
    | KeyChanged
    | NotesPurged
)
_ANY: Final[TypeAdapter[AnyEvent]] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])

KINDS: Final[tuple[str, ...]] = tuple(form.model_fields["kind"].default for form in AnyEvent.__args__)
"""Every kind there is, as it stands in `kind`."""


def canonical(event: Event) -> str:
    """Return the one text of an event: what is stored, hashed and spooled.

    Keys are sorted, nothing stands between them, times are UTC with microseconds, and what is not given is
    left out, so that a form may gain fields without changing what was written before.
    """
    plain = event.model_dump(mode="python", exclude_none=True)
    return orjson.dumps(plain, option=_CANONICAL, default=_plain).decode()


def parse(content: str | bytes) -> AnyEvent:
    """Return the event that `canonical` wrote.

    Raises
    ------
    pydantic.ValidationError
        Where it is none of the forms.
    """
    return _ANY.validate_python(orjson.loads(content))


def moment(at: datetime) -> str:
    """Write a time as the record does: UTC, always with microseconds, so that text sorts as time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def id_from(text: str) -> str:
    """Return the event id that follows from a text: the same for the same, so that it is recorded once."""
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80  # version 8: made by a rule of our own
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))


_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")
