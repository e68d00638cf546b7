"""The forms of what is recorded: closed, without free text, and each with one canonical text."""

import types
import typing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from api.record.events import (
    KINDS,
    AnyEvent,
    Caution,
    CautionsGiven,
    Decision,
    FollowUp,
    Outcome,
    canonical,
    id_from,
    moment,
    parse,
)
from api.record.shown import QUOTED, Shown, change_of, dangers, shown, unquoted
from classifier import Recommender

FORMS = typing.get_args(AnyEvent)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)
TIMES = st.datetimes(
    datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(timezone(timedelta(hours=-4)))
)


def models(form, seen=()):
    """A form, and every model in its fields."""
    yield form
    for field in form.model_fields.values():
        waiting = [field.annotation]
        while waiting:
            found = waiting.pop()
            waiting.extend(typing.get_args(found))
            if isinstance(found, type) and issubclass(found, BaseModel) and found not in seen:
                yield from models(found, (*seen, found))


def test_there_is_a_kind_for_each_thing_that_is_recorded():
    assert set(KINDS) == {
        "suggestion_shown",
        "decision",
        "outcome",
        "follow_up",
        "units_assigned",
        "alert",
        "alert_acknowledged",
        "cautions",
        "promotion",
        "mode",
        "setting",
        "key",
        "notes_purged",
    }


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_what_may_be_missing_is_missing_by_itself_because_it_is_left_out_of_the_text(form):
    for model in models(form):
        for name, field in model.model_fields.items():
            if type(None) in typing.get_args(field.annotation):
                assert field.default is None, f"{model.__name__}.{name}"


def test_no_field_of_a_posted_event_is_free_text():
    """A name may have 200 characters, a code four words; neither has room for a note under another name."""
    for form in (Decision, Outcome, FollowUp):
        for name, field in form.model_fields.items():
            plain = field.annotation is str and not field.metadata
            assert not plain or name == "kind", f"{form.__name__}.{name}"


def test_the_canonical_text_is_what_it_was():
    event = Decision(
        event_id="01890a5d-ac96-774b-bcce-b302099a8057",
        at=datetime(2026, 7, 4, 22, 10, tzinfo=timezone(timedelta(hours=-4))),
        call_id="24-1 é",
        action="accepted",
        unit="CRT",
    )

    assert canonical(event) == (
        '{"action":"accepted","actor":{"via":"none"},"also":[],"at":"2026-07-05T02:10:00.000000Z",'
        '"call_id":"24-1 é","event_id":"01890a5d-ac96-774b-bcce-b302099a8057","kind":"decision","unit":"CRT"}'
    )


@given(call_id=NAMES, by=NAMES, at=TIMES, minutes=st.none() | st.floats(0, 10_000))
def test_what_is_written_is_read_back_and_written_the_same(call_id, by, at, minutes):
    event = Outcome(call_id=call_id, by=by, at=at, minutes=minutes)
    text = canonical(event)

    assert parse(text) == event
    assert canonical(parse(text)) == text


@given(first=TIMES, second=TIMES)
def test_times_sort_as_their_texts_do(first, second):
    assert (moment(first) < moment(second)) == (first < second)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "maybe"},
        {"action": "accepted", "note": "male with knife"},
        {"action": "accepted", "unit": "the caller says he has a knife"},
        {"action": "accepted", "unit": "x" * 41},
        {"action": "accepted", "reason": "he has a knife"},
        {"action": "accepted", "call_id": "two\nlines"},
        {"action": "accepted", "call_id": ""},
        {"action": "accepted", "at": datetime(2026, 7, 4)},
    ],
)
def test_what_does_not_fit_the_form_is_refused(fields):
    with pytest.raises(ValidationError):
        Decision(**fields)


def test_an_event_cannot_be_changed():
    with pytest.raises(ValidationError):
        Decision(action="accepted").action = "dismissed"


def test_the_id_from_a_text_is_a_uuid_and_the_same_for_the_same():
    assert id_from("a") == id_from("a") != id_from("b")
    assert Decision(action="accepted", event_id=id_from("a")).event_id[14] == "8"


def test_a_caution_may_carry_criminal_history_only_as_a_flag():
    event = CautionsGiven(cautions=(Caution(kind="animal"), Caution(kind="other", criminal_history=True)))

    assert parse(canonical(event)) == event
    with pytest.raises(ValidationError):
        Caution(kind="animal", text="bites")


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ('STATED: a weapon — "KNIFE": somebody has to go', "STATED: a weapon: somebody has to go"),
        ('a threat — "he said "stop" to" her"', "a threat"),
        ("no weapons asked (14:03)", "no weapons asked (14:03)"),
        ("it is so (answered: weapon present)", "it is so (answered: weapon present)"),
        ("not for us (call type MAN AT 12 OAK)", "not for us"),
        ("CRT is off shift at Sat 22:10", "CRT is off shift at Sat 22:10"),
    ],
)
def test_reasons_lose_what_they_quote(reason, kept):
    assert unquoted(reason) == kept


@pytest.fixture(scope="module")
def recommender():
    """Rules and policy alone."""
    return Recommender()


def test_of_a_suggestion_everything_is_kept_but_the_words(recommender):
    note = "14:03 rp adv zebra male swinging a zebra knife at zebra people\n14:05 q: weapons? a: no gun zebra"
    suggestion = recommender.suggest(
        {"note": note, "answers": {"weapon": "present"}, "call_type": "zebra fight"}
    )
    part = shown(suggestion)

    assert [hit["rule"] for hit in part["hits"]] == [hit["rule"] for hit in suggestion["override"]["hits"]]
    assert len(part["mentions"]) == len(suggestion["mentions"]) > 1
    assert "zebra" not in str(part).lower()
    assert dangers(part)["weapon"] == "asserted"
    assert set(part) == set(Shown.__annotations__)
    assert QUOTED.search(" ".join(part["response"]["because"])) is None


def test_the_same_shown_has_the_same_change_and_another_another(recommender):
    def change(note, mode="live"):
        return change_of(shown(recommender.suggest(note)), mode)

    assert change("male asleep in lobby") == change("male asleep in the lobby")
    assert change("male asleep in lobby") != change("male with knife in lobby")
    assert change("male asleep in lobby") != change("male asleep in lobby", "shadow")


def test_every_kind_is_closed():
    assert all(form.model_config["extra"] == "forbid" for form in FORMS)
    assert isinstance(AnyEvent, types.UnionType)
    assert moment(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"
