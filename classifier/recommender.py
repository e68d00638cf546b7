"""The one door: a call note goes in, a suggestion comes out.

The model and the rules read the note side by side. The rules can only raise: a hit suggests its category and
lifts the acuity to its floor, whatever the model says. Without a model the rules and the policy still answer.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any, Final

from classifier.ask import ask
from classifier.policy import ResponsePolicy, default_policy
from classifier.reading import Note, read
from classifier.request import Answers, Request
from classifier.rules import Found, SafetyRules, default_rules
from classifier.situation import answer_hits, situation
from classifier.suggestion import (
    AcuitySuggestion,
    CategorySuggestion,
    Hit,
    Mention,
    Suggestion,
)
from classifier.terms import (
    ACUITY_NAMES,
    CATEGORIES,
    CATEGORY_OF_HAZARD,
    Acuity,
    By,
    Category,
    Weapon,
)
from classifier.weapon import weapon_status

if TYPE_CHECKING:
    from classifier.model import CallModel
    from classifier.opinion import Opinion

MOST_FOR_MODEL: Final = 20_000
"""Notes of more code points than this are answered by rules and policy alone."""

_TOO_LONG: Final = f"the note is longer than {MOST_FOR_MODEL:,} characters: rules and policy alone"


class Recommender:
    """Reads a note and suggests categories, acuity and response.

    Parameters
    ----------
    model : CallModel, optional
        A fitted model. Without one, suggestions are marked degraded.
    model_version : str, optional
        What `versions.model` says.
    why_degraded : str
        What `degraded` says when there is no model.
    rules : SafetyRules, optional
        Heartline's own by default.
    policy : ResponsePolicy, optional
        Durham's by default.
    """

    def __init__(
        self,
        model: "CallModel | None" = None,
        *,
        model_version: str | None = None,
        why_degraded: str = "no model",
        rules: SafetyRules | None = None,
        policy: ResponsePolicy | None = None,
    ) -> None:
        self.model = model
        self.model_version = model_version if model is not None else None
        self.why_degraded = why_degraded
        self.rules = rules or default_rules()
        self.policy = policy or default_policy()

    def suggest(self, request: Request | Mapping[str, Any] | str, *, evidence: bool = True) -> Suggestion:
        """Suggest for one call note.

        Parameters
        ----------
        request : Request, mapping or str
            The request of the contract; a text alone is its `note`.
        evidence : bool
            Whether to say which words counted; without it the answer comes several times faster.

        Returns
        -------
        Suggestion
            The object of the contract, plain data. The same request gives the same suggestion.

        Raises
        ------
        pydantic.ValidationError
            When the request is not of the contract's form.
        UnknownArea
            When the policy does not know the area; names those it knows.
        """
        return self.suggest_many([request], evidence=evidence)[0]

    def suggest_many(
        self, requests: Sequence[Request | Mapping[str, Any] | str], *, evidence: bool = True
    ) -> list[Suggestion]:
        """Suggest for several call notes at once: what `suggest` says of each, in less time.

        Raises what `suggest` raises, for the first request that cannot be answered.
        """
        asked = [_request(request) for request in requests]
        areas = [self.policy.area_of(request.area, request.location) for request in asked]
        notes = [read(request.note) for request in asked]
        found = [self.rules.read(note) for note in notes]
        opinions = self._opinions(notes, found, evidence)
        return [self._suggestion(*each) for each in zip(asked, areas, found, opinions, strict=True)]

    def _suggestion(
        self,
        request: Request,
        area: str | None,
        found: tuple[Found, ...],
        asked: "tuple[Opinion | None, str | None]",
    ) -> Suggestion:
        opinion, degraded = asked
        hits = _hits(request.note, found) + answer_hits(request.answers)
        weapon = _weapon(weapon_status(found), request.answers, opinion)
        categories = _categories(opinion, hits, weapon)
        acuity = _acuity(opinion, hits)
        terms = situation(
            found=found,
            note=request.note,
            categories=[c["category"] for c in categories if c["suggested"]],
            acuity=acuity["level"],
            weapon=weapon,
            hits=hits,
            answers=request.answers,
            call_type=request.call_type,
            policy=self.policy,
            degraded=degraded is not None,
            familiar=opinion is None or opinion.familiar,
        )
        return {
            "schema": 1,
            "suggestion_id": None,
            "call_id": request.call_id,
            "categories": categories,
            "acuity": acuity,
            "weapon": weapon,
            "override": {"active": _raised(opinion, categories, acuity), "hits": hits},
            "mentions": _mentions(request.note, found),
            "response": self.policy.respond(terms, at=request.at, area=area),
            "ask": ask(terms, self.policy),
            "versions": {
                "model": self.model_version,
                "rules": self.rules.version,
                "policy": self.policy.version,
                "heartline": _heartline(),
            },
            "degraded": degraded,
            "recorded": None,
            "elapsed_ms": None,
        }

    def _opinions(
        self, notes: Sequence[Note], found: Sequence[tuple[Found, ...]], evidence: bool
    ) -> "list[tuple[Opinion | None, str | None]]":
        """Ask the model; say why not where it did not answer."""
        if self.model is None:
            return [(None, self.why_degraded)] * len(notes)
        from classifier.features import Seen
        from classifier.opinion import opinions

        told: list[tuple[Opinion | None, str | None]] = [(None, _TOO_LONG)] * len(notes)
        asked = [index for index, note in enumerate(notes) if len(note.text) <= MOST_FOR_MODEL]
        ours = default_rules()  # a center's own rules say what to do, and not what was learnt
        seen = [
            Seen(notes[index], found[index] if self.rules is ours else ours.read(notes[index]))
            for index in asked
        ]
        try:
            for index, opinion in zip(asked, opinions(self.model, seen, evidence=evidence), strict=True):
                told[index] = opinion, None
        except Exception as error:  # whatever is wrong with a model, the rules must still answer
            if len(notes) > 1:  # and what is wrong with one note must not silence it for the others
                alone = zip(notes, found, strict=True)
                return [self._opinions([note], [there], evidence)[0] for note, there in alone]
            return [(None, f"the model failed ({type(error).__name__}): rules and policy alone")]
        return told


def _request(request: Request | Mapping[str, Any] | str) -> Request:
    if isinstance(request, Request):
        return request
    return Request.model_validate({"note": request} if isinstance(request, str) else request)


def _hits(note: str, found: Sequence[Found]) -> list[Hit]:
    """Return the asserted and possible dangers as the contract lists them."""
    hits: list[Hit] = []
    for mention in found:
        if mention.hazard is None or mention.floor is None or not mention.raises:
            continue
        hits.append(
            {
                "rule": mention.rule,
                "hazard": mention.hazard,
                "status": "possible" if mention.status == "possible" else "asserted",
                "start": mention.start,
                "end": mention.end,
                "text": note[mention.start : mention.end],
                "reason": mention.reason,
                "acuity_floor": _level(mention.floor),
                "source": "note",
            }
        )
    return hits


def _mentions(note: str, found: Sequence[Found]) -> list[Mention]:
    mentions: list[Mention] = []
    for mention in found:
        if mention.hazard is None:
            continue
        cue = mention.cue
        mentions.append(
            {
                "hazard": mention.hazard,
                "status": mention.status,
                "start": mention.start,
                "end": mention.end,
                "text": note[mention.start : mention.end],
                "cue": None
                if cue is None
                else {"start": cue[0], "end": cue[1], "text": note[cue[0] : cue[1]]},
            }
        )
    return mentions


_WEAPONS: Final = CATEGORIES.index("weapons_present")
_OF_ANSWER: Final[Mapping[str | None, Weapon]] = {
    "denied_first_hand": "denied",
    "denied_second_hand": "denied",
    "unknown": "unknown",
}


def _weapon(read_status: Weapon, answers: Answers, opinion: "Opinion | None") -> Weapon:
    """Combine what is read with what is answered; neither answer nor model undoes a statement."""
    if answers.weapon == "present":
        return "present"
    status = read_status
    if status in {"unknown", "none"}:
        status = _OF_ANSWER.get(answers.weapon, status)
    if status == "none" and opinion is not None and opinion.categories[_WEAPONS].over:
        return "unknown"
    return status


def _categories(opinion: "Opinion | None", hits: Sequence[Hit], weapon: Weapon) -> list[CategorySuggestion]:
    by_rules = {CATEGORY_OF_HAZARD.get(hit["hazard"]) for hit in hits}
    return [
        _category(index, category, opinion, category in by_rules, weapon)
        for index, category in enumerate(CATEGORIES)
    ]


def _category(
    index: int, category: Category, opinion: "Opinion | None", by_rules: bool, weapon: Weapon
) -> CategorySuggestion:
    learned = opinion.categories[index] if opinion else None
    by_model = learned is not None and learned.over
    if index == _WEAPONS and weapon == "denied":
        by_model = False  # the note itself says that there is none: a high score alone suggests nothing
    by: By | None = (
        "both" if by_rules and by_model else "rules" if by_rules else "model" if by_model else None
    )
    return {
        "category": category,
        "probability": learned.probability if learned else None,
        "suggested": by is not None,
        "by": by,
        "confidence": learned.confidence if learned else None,
        "evidence": learned.evidence if learned and by_model else [],
    }


def _acuity(opinion: "Opinion | None", hits: Sequence[Hit]) -> AcuitySuggestion:
    floor = max((hit["acuity_floor"] for hit in hits), default=None)
    model_level = opinion.level if opinion else None
    level = max((known for known in (model_level, floor) if known is not None), default=None)
    plausible = {known for known in (opinion.plausible if opinion else []) if known >= (floor or 1)}
    if level is not None:
        plausible.add(level)
    return {
        "level": None if level is None else _level(level),
        "name": None if level is None else ACUITY_NAMES[level - 1],
        "model_level": None if model_level is None else _level(model_level),
        "probabilities": opinion.acuity if opinion else None,
        "plausible": [_level(known) for known in sorted(plausible)],
        "floor": floor,
    }


def _raised(
    opinion: "Opinion | None", categories: Sequence[CategorySuggestion], acuity: AcuitySuggestion
) -> bool:
    """Whether the rules suggest or lift anything that the model did not."""
    by_rules = any(c["by"] == "rules" for c in categories)
    if opinion is None:
        return by_rules or acuity["floor"] is not None
    return by_rules or (acuity["level"] or 0) > opinion.level


_LEVELS: Final[Mapping[int, Acuity]] = {1: 1, 2: 2, 3: 3, 4: 4}


def _level(level: int) -> Acuity:
    return _LEVELS[level]


@lru_cache(maxsize=1)
def _heartline() -> str:
    return installed("heartline")
