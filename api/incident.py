"""An Emergency Incident Data Object (NENA-STA-021.1b-2022): read as a note, and given the suggestion.

Plain functions over JSON. What a sender wrote is never changed: components of ours are added, and replaced
where they are from an earlier time; a priority is given only where there is none, and raised only where it
was ours.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from api.codes import Codes, listed
from api.fragment import text_of
from classifier.policy import ResponsePolicy
from classifier.request import MOST_CODE_POINTS
from classifier.suggestion import Suggestion

AUTOMATON: Final = "urn:heartline:agent"
NOTE: Final = "urn:heartline:note:"
CAUTION: Final = "urn:heartline:caution:"

Component = dict[str, Any]

_UNARMED: Final = ("unarmed_team", "phone_clinician")
_UNASKED: Final = {"none": "; WEAPONS NOT ASKED", "unknown": "; WEAPONS NOT ANSWERED"}

_STAMPED: Final = re.compile(r"\W{0,2}([01]?\d|2[0-3]):?[0-5]\d\b")
_POSITION: Final = re.compile(r"pos>\s*(-?\d{1,3}(?:\.\d+)?)[\s,]+(-?\d{1,3}(?:\.\d+)?)")
_NAMED: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")


@dataclass(frozen=True, slots=True)
class Incident:
    """What is read of an EIDO.

    Attributes
    ----------
    note : str
        Its notes as one text, an entry after the other; empty where it has none.
    left_out : int
        Code points at the beginning that were more than a note may have.
    call_id : str, optional
        The incident's tracking identifier, else an id of its component or of the object.
    at : datetime, optional
        When the object was updated last.
    location : dict, optional
        Latitude and longitude.
    call_type : str, optional
        The sender's own incident code as the policy knows it, else the common one.
    """

    note: str
    left_out: int
    call_id: str | None
    at: datetime | None
    location: dict[str, float] | None
    call_type: str | None

    def request(self) -> dict[str, Any]:
        """Return it as a request, without what is not known."""
        fields = {
            "note": self.note,
            "call_id": self.call_id,
            "at": self.at,
            "location": self.location,
            "call_type": self.call_type,
        }
        return {name: value for name, value in fields.items() if value is not None}


def read(eido: Mapping[str, Any], policy: ResponsePolicy, codes: Codes) -> Incident:
    """Read an EIDO.

    Notes are taken in the order of their times where all have one, else as they come; each begins with its
    time.

    Parameters
    ----------
    eido : mapping
        The object; whatever of it is not as the standard says is passed over.
    policy : ResponsePolicy
        Knows call types, and the time zone in which entries are stamped.
    codes : Codes
        The table of incident codes.
    """
    incident = _main(eido)
    entries = [
        (when, text)
        for note in components(eido, "notesComponent")
        if not _is_ours(note, NOTE)
        for when, text in [(_moment(note), text_of(_text(note, "notesActionComments") or ""))]
        if text
    ]
    if all(when is not None for when, _ in entries):
        entries.sort(key=lambda entry: entry[0].timestamp() if entry[0] is not None else 0)
    note = "\n".join(_stamped(when, text, policy.zone) for when, text in entries)
    return Incident(
        note=note[-MOST_CODE_POINTS:],
        left_out=max(0, len(note) - MOST_CODE_POINTS),
        call_id=_id(eido, incident),
        at=_moment(eido),
        location=_location(eido, incident),
        call_type=_call_type(incident, policy, codes),
    )


def components(eido: Mapping[str, Any], name: str) -> list[Component]:
    """Return the components of a kind: of a list, or the one that stands there by itself."""
    found = eido.get(name)
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def _main(eido: Mapping[str, Any]) -> Component:
    return next(iter(components(eido, "incidentComponent")), {})


def _is_ours(component: Mapping[str, Any], prefix: str) -> bool:
    by = component.get("updatedByAgentReference")
    identity = component.get("$id")
    return by == {"$ref": AUTOMATON} and isinstance(identity, str) and identity.startswith(prefix)


def _text(component: Mapping[str, Any], *names: str) -> str | None:
    return next((component[name] for name in names if isinstance(component.get(name), str)), None)


def _moment(component: Mapping[str, Any]) -> datetime | None:
    text = _text(component, "lastUpdateTimeStamp", "lastUpdateTimestamp")
    try:
        when = datetime.fromisoformat(text or "")
        when.timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return when if when.utcoffset() is not None else None


def _stamped(when: datetime | None, text: str, zone: tzinfo) -> str:
    if when is None or _STAMPED.match(text):
        return text
    try:
        return f"[{when.astimezone(zone):%H:%M}] {text}"
    except (ValueError, OverflowError):
        return text


def _id(eido: Mapping[str, Any], incident: Mapping[str, Any]) -> str | None:
    own = _text(incident, "incidentTrackingIdentifier", "internalIncidentId", "$id")
    found = own or _text(eido, "$id")
    return found if found is not None and _NAMED.fullmatch(found) else None


def _location(eido: Mapping[str, Any], incident: Mapping[str, Any]) -> dict[str, float] | None:
    wanted = incident.get("locationReference")
    wanted = wanted if isinstance(wanted, list) else [wanted]
    refs = [each.get("$ref") for each in wanted if isinstance(each, dict)]
    places = components(eido, "locationComponent")
    places.sort(key=lambda place: place.get("$id") not in refs)  # the incident's own first
    for place in places:
        for lat, lon in _positions(place.get("locationByValue")):
            if -90 <= lat <= 90 and -180 <= lon <= 180:
                return {"lat": lat, "lon": lon}
    return None


def _positions(value: object) -> Iterator[tuple[float, float]]:
    """Give what a PIDF-LO says, or an object in its place."""
    if isinstance(value, str):
        for found in _POSITION.finditer(value[:100_000]):
            yield float(found[1]), float(found[2])
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            lat: Any = each.get("latitude")
            lon: Any = each.get("longitude")
            if _is_number(lat) and _is_number(lon):
                yield float(lat), float(lon)
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and -1000 < value < 1000


def _call_type(incident: Mapping[str, Any], policy: ResponsePolicy, codes: Codes) -> str | None:
    given = [_text(incident, name) for name in ("incidentTypeInternalCode", "incidentTypeInternalText")]
    own = [text for text in given if text is not None and len(text) <= 200]
    common = _text(incident, "incidentTypeCommonRegistryText")
    for name in (*own, *(codes.common(name) for name in own), common):
        if name is not None and policy.of_call_type(name):
            return name
    return next((name for name in own if _NAMED.fullmatch(name)), None)


def answered(
    eido: Mapping[str, Any], suggestion: Suggestion, policy: ResponsePolicy, codes: Codes, at: datetime
) -> Component:
    """Return the EIDO with the suggestion in it: a note, a caution for each danger, and a priority.

    Parameters
    ----------
    eido : mapping
        As it was sent; it is not changed.
    suggestion : Suggestion
        For the note that was read of it.
    policy, codes : ResponsePolicy, Codes
        Names of units, priorities, codes.
    at : datetime
        Now.
    """
    level = suggestion["acuity"]["level"]
    number = None if level is None else policy.content.acuity[level].eido_priority
    identity = _id(eido, _main(eido)) or "incident"
    found = dict(eido)
    earlier = next((note for note in components(eido, "notesComponent") if _is_ours(note, NOTE)), None)
    priority = _priority(_main(eido), earlier, number)
    note = {
        **_prologue(eido, f"{NOTE}{identity}:p{priority if priority is not None else 'none'}", at),
        "notesActionComments": _said(suggestion, policy, codes, number),
    }
    cautions = [
        {**_prologue(eido, f"{CAUTION}{identity}:{hazard}", at), **caution}
        for hazard, caution in _cautions(suggestion, codes, at)
    ]
    _put(found, "notesComponent", NOTE, [note])
    _put(found, "cautionComponent", CAUTION, cautions)
    agents = components(eido, "agentComponent")
    if not any(agent.get("$id") == AUTOMATON for agent in agents):
        agent = {name: value for name, value in _prologue(eido, AUTOMATON, at).items() if "Agent" not in name}
        _put(found, "agentComponent", AUTOMATON, [agent])
    if priority is not None:
        found["incidentComponent"] = _with_priority(eido.get("incidentComponent"), priority)
    return found


def _prologue(eido: Mapping[str, Any], identity: str, at: datetime) -> Component:
    agency = eido.get("updatedByAgencyReference")
    return {
        "$id": identity,
        "lastUpdateTimeStamp": at.isoformat(timespec="milliseconds"),
        **({} if agency is None else {"updatedByAgencyReference": agency}),
        "updatedByAgentReference": {"$ref": AUTOMATON},
    }


def _put(eido: Component, name: str, prefix: str, ours: list[Component]) -> None:
    """Put components of ours behind the sender's, in place of those of an earlier time."""
    there = eido.get(name)
    others = there if isinstance(there, list) else [] if there is None else [there]
    others = [each for each in others if not (isinstance(each, dict) and _is_ours(each, prefix))]
    if others != there and (ours or others or isinstance(there, list)):
        eido[name] = others
    if ours:
        eido[name] = [*others, *ours]


def _priority(incident: Component, earlier: Component | None, number: int | None) -> int | None:
    """Return the number that is ours to give: none where somebody else has given one."""
    there = incident.get("incidentCommonPriorityNumber")
    if not incident or number is None:
        return None
    if there is None:
        return number if "incidentCommonPriorityNumber" not in incident else None
    ours = earlier is not None and str(earlier["$id"]).endswith(f":p{there}")
    return max(number, there) if ours and type(there) is int else None


def _with_priority(incident: Any, number: int) -> Any:
    """Give the number to the first incident; the others, which some senders have, are left as they are."""
    if isinstance(incident, dict):
        return {**incident, "incidentCommonPriorityNumber": number}
    first = next(place for place, each in enumerate(incident) if isinstance(each, dict))
    return [
        {**each, "incidentCommonPriorityNumber": number} if place == first else each
        for place, each in enumerate(incident)
    ]


def _cautions(suggestion: Suggestion, codes: Codes, at: datetime) -> Iterator[tuple[str, Component]]:
    """Give a caution for each danger that the override acts on: fixed words, nothing of the note."""
    asserted = {hit["hazard"]: False for hit in suggestion["override"]["hits"]}
    for hit in suggestion["override"]["hits"]:
        asserted[hit["hazard"]] |= hit["status"] == "asserted"
    for hazard, stated in asserted.items():
        status = "stated" if stated else "possible, not confirmed"
        yield (
            hazard,
            {
                "cautionTypeInternalText": f"{codes.cautions[hazard]}: {status}",
                "cautionSeverity": "highest" if stated else "high",
                "cautionSource": "Heartline, from the call notes",
                "startDate": at.isoformat(timespec="milliseconds"),
            },
        )


def _said(suggestion: Suggestion, policy: ResponsePolicy, codes: Codes, number: int | None) -> str:
    """Return the suggestion as an HTML fragment, short enough to be read while somebody is on the line."""
    lines = ["Heartline suggests; nothing is dispatched, a person decides."]
    response = suggestion["response"]
    names = policy.content.units
    if response["unit"] is None:
        lines.append("Response: not enough yet")
    else:
        also = "".join(f"; also {names[unit].name}" for unit in response["also"])
        unasked = _UNASKED.get(suggestion["weapon"]) if response["kind"] in _UNARMED else None
        lines.append(f"Response: {names[response['unit']].name}{also}{unasked or ''}")
    if response["instead"] is not None:
        instead = response["instead"]
        lines.append(f"Instead: {names[instead['unit']].name}: {instead['reason']}")
    if response["stage"]:
        lines.append("STAGE: medics and clinicians wait until police say clear")
    level = suggestion["acuity"]["level"]
    if level is not None:
        lines.append(f"Acuity: {policy.content.acuity[level].shown}, priority {number} of 10")
    lines += [caution["cautionTypeInternalText"] for _, caution in _cautions(suggestion, codes, datetime.min)]
    if found := codes.suggested(suggestion):
        lines.append(f"Codes: {listed(found)}; {codes.edition}")
    lines += [f"Ask: {question['question']}" for question in suggestion["ask"][:1]]
    if suggestion["degraded"] is not None:
        lines.append("Rules only: the model did not answer")
    return "<p>" + "<br>".join(html.escape(line) for line in lines) + "</p>"
