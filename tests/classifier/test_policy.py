"""Durham's response table, and what any city's policy can rely on."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from classifier.areas import UnknownArea
from classifier.policy import DURHAM, ResponsePolicy, default_policy
from classifier.policyfile import BANNED, Row
from classifier.questions import questions
from classifier.request import Location
from classifier.rules import RULES, RuleFile
from classifier.suggestion import Response
from classifier.terms import HAZARDS, KINDS
from classifier.vocabulary import ACUITY_TERMS, STATE_TERMS, WEAPON_TERMS, facts, terms
from classifier.yamlfile import FileError, load

SituationOf = Callable[..., dict[str, str]]

POLICY = default_policy()
ROWS = POLICY.content.rows
EASTERN = ZoneInfo("America/New_York")
POLICED = {"police", "ems", "fire", "co_response"}
UNARMED = {"CRT", "CCD", "call_taker"}

free = sorted(set(terms()) - {*ACUITY_TERMS, *WEAPON_TERMS})
situations = st.builds(
    lambda some, acuity, weapon, words: dict.fromkeys([*some, *acuity, weapon], words),
    st.lists(st.sampled_from(free), max_size=12, unique=True),
    st.lists(st.sampled_from(ACUITY_TERMS), max_size=1),
    st.sampled_from(WEAPON_TERMS),
    st.sampled_from(["", "has knife", "no weapons seen", "is not safe", "(answered)"]),
)


def respond(*true: str, at: str | None = None, area: str | None = None) -> Response:
    moment = None if at is None else datetime.fromisoformat(at).replace(tzinfo=EASTERN)
    return POLICY.respond(dict.fromkeys(true, ""), at=moment, area=area)


# The table


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.row)
def test_the_terms_of_every_rows_example_reach_it(row: Row) -> None:
    assert respond(*row.example.terms)["row"] == row.row


def has_rules(row: Row) -> bool:
    """Whether every danger of the row's example has a rule file to read it by."""
    return all((RULES / f"{hazard}.yaml").exists() for hazard in HAZARDS if hazard in row.example.terms)


@pytest.mark.parametrize("row", [row for row in ROWS if has_rules(row)], ids=lambda row: row.row)
def test_the_note_of_every_rows_example_reaches_it(row: Row, situation_of: SituationOf) -> None:
    situation = situation_of(row.example.note, row.example.terms)
    assert POLICY.respond(situation)["row"] == row.row, sorted(situation)


@pytest.mark.parametrize(
    ("true", "unit", "also", "stage"),
    [
        (["hostage_barricade", "acuity_4"], "police", ["ems", "co_response"], True),
        (["fire", "weapon", "acuity_4"], "police", ["fire", "ems"], True),
        (
            ["weapon", "gun", "suicidal", "mental_health", "acuity_3"],
            "police",
            ["ems", "co_response", "CCD"],
            True,
        ),
        (["weapon", "violence", "acuity_4"], "police", ["ems"], True),
        (["weapon", "in_hand", "mental_health", "acuity_4"], "police", ["ems", "co_response"], True),
        (["fire", "acuity_3"], "fire", [], False),
        (["fire", "ill", "acuity_3"], "fire", ["ems"], False),
        (["overdose", "suicide_imminent", "mental_health", "acuity_4"], "ems", ["CCD"], False),
        (
            ["overdose", "deliberate_ingestion", "missing", "medical", "acuity_4"],
            "ems",
            ["police", "fire", "CCD"],
            False,
        ),
        (["overdose", "acuity_3"], "ems", [], False),
        (["suicide_imminent", "rails", "acuity_4"], "police", ["fire", "ems", "co_response", "CCD"], False),
        (["suicide_imminent", "mental_health", "acuity_4"], "co_response", ["ems", "CCD"], False),
        (["suicide_imminent", "missing", "acuity_4"], "co_response", ["police", "ems", "CCD"], False),
        (["medical", "acuity_4"], "ems", ["fire"], False),
        (["medical", "crash", "acuity_4"], "ems", ["police", "fire"], False),
        (["child_danger", "locked_car", "acuity_4"], "police", ["fire", "ems"], False),
        (["traffic_danger", "down", "rails", "acuity_4"], "police", ["fire", "ems"], False),
        (["traffic_danger", "mental_health", "acuity_3"], "police", ["co_response", "CCD"], False),
        (["intruder", "hurt", "acuity_3"], "police", ["ems"], True),
        (["weapon", "within_reach", "mental_health", "acuity_3"], "co_response", ["CCD"], True),
        (["violence", "acuity_3"], "police", [], True),
        (["partner_feared", "mental_health", "acuity_2"], "police", ["co_response"], False),
        (["mental_health", "fever", "acuity_3", "weapon_none"], "ems", ["CCD"], False),
        (["mental_health", "fever", "acuity_3", "denied_first_hand"], "ems", ["CRT", "CCD"], False),
        (
            ["mental_health", "plan", "located", "talking", "denied_first_hand", "acuity_3"],
            "CRT",
            ["CCD"],
            False,
        ),
        (
            ["mental_health", "plan", "located", "talking", "weapon_none", "acuity_3"],
            "co_response",
            ["CCD"],
            False,
        ),
        (["welfare_check", "no_answer", "acuity_3"], "ems", ["fire", "CRT"], False),
        (["welfare_check", "missing", "frail", "acuity_3"], "police", ["ems", "CRT"], False),
        (["trespass", "cold", "acuity_3"], "ems", ["CRT"], False),
        (["trespass", "cold", "menace", "acuity_3"], "police", [], False),
        (["trespass", "hand_hidden", "acuity_2"], "police", [], True),
        (["mental_health", "weapon_before", "acuity_2"], "co_response", [], True),
        (["mental_health", "self_calling", "acuity_2"], "CCD", [], False),
        (["mental_health", "family_calling", "not_settled", "acuity_2"], "CCD", ["CRT"], False),
        (["mental_health", "family_calling", "wants_visit", "acuity_2"], "CRT", [], False),
        (["trespass", "acuity_2"], "CRT", [], False),
        (["trespass", "team_asks_police", "acuity_2"], "CRT", ["police"], False),
        (["trespass", "stranger_in_dwelling", "acuity_2"], "police", [], False),
        (["welfare_check", "no_answer", "acuity_2"], "CRT", ["fire", "ems"], False),
        (["verbal_disturbance", "acuity_2"], "CRT", [], False),
        (["verbal_disturbance", "domestic", "acuity_2"], "call_taker", [], False),
        (["indecent_exposure", "minor", "acuity_2"], "call_taker", [], False),
        (["intoxicated", "unable_to_stand", "acuity_2"], "CRT", ["ems"], False),
        (["mental_health", "acuity_1"], "CCD", [], False),
        (["welfare_check", "acuity_1"], "call_taker", [], False),
        (["acuity_2"], "call_taker", [], False),
        (["fragment", "trespass", "acuity_2"], None, [], False),
        (["other_language"], None, [], False),
        (["degraded", "fragment"], "call_taker", [], False),
        (["degraded", "intruder"], "call_taker", ["police"], True),
        (["fragment", "hand_hidden", "trespass", "acuity_2"], "police", [], True),
        (["fragment", "welfare_check", "missing", "acuity_3"], None, [], False),
        (["degraded", "weapon", "weapons_present", "acuity_3"], "police", [], True),
        (["acuity_3"], "police", [], False),
        (["acuity_3", "hurt"], "ems", [], False),
        (["acuity_3", "hurt", "crime"], "police", [], False),
        (["acuity_4"], "police", ["ems"], False),
        (["mental_health", "acuity_4"], "police", ["ems", "co_response", "CCD"], False),
    ],
)
def test_dangers_come_first_and_add_up(
    true: list[str], unit: str | None, also: list[str], stage: bool
) -> None:
    response = respond(*true)
    assert (response["unit"], response["also"], response["stage"]) == (unit, also, stage)


def test_a_danger_of_a_later_row_sends_its_unit_too() -> None:
    response = respond("overdose", "child_danger", "acuity_4")
    assert response["unit"] == "ems"
    assert "police" in response["also"]


@pytest.mark.parametrize(
    ("true", "follow_up"),
    [
        (["weapon", "in_hand", "acuity_4"], False),
        (["weapon", "in_hand", "mental_health", "acuity_4"], True),
        (["fire", "acuity_3"], False),
        (["overdose", "acuity_3"], True),
        (["mental_health", "acuity_1"], True),
        (["trespass", "acuity_1"], False),
        (["trespass", "acuity_3"], False),
        (["welfare_check", "acuity_2"], True),
    ],
)
def test_follow_up_is_due_where_the_row_says_so(true: list[str], follow_up: bool) -> None:
    assert respond(*true)["follow_up"] is follow_up


def test_follow_up_waits_for_the_program_that_gives_it() -> None:
    assert not respond("mental_health", "acuity_1", at="2022-06-01T12:00")["follow_up"]
    assert respond("mental_health", "acuity_1", at="2022-07-05T12:00")["follow_up"]


# What holds for whatever is true


@given(situations)
def test_every_call_has_an_answer_of_the_contracts_form(situation: dict[str, str]) -> None:
    response = POLICY.respond(situation)
    TypeAdapter(Response).validate_python(response)
    assert response["row"] in [row.row for row in ROWS]
    assert response["because"]
    assert response["kind"] is None or response["kind"] in KINDS
    assert response == POLICY.respond(dict(reversed(situation.items())))


@given(situations, st.sampled_from(HAZARDS))
def test_one_more_danger_never_takes_a_guarded_unit_away(situation: dict[str, str], hazard: str) -> None:
    if POLICY.respond(situation)["unit"] in POLICED:
        assert POLICY.respond({**situation, hazard: ""})["unit"] in POLICED


@given(situations, st.sampled_from(HAZARDS))
def test_no_danger_is_met_by_phone_or_by_an_unarmed_team(situation: dict[str, str], hazard: str) -> None:
    response = POLICY.respond({**situation, hazard: ""})
    assert response["unit"] in POLICED
    assert "CRT" not in response["also"]


@given(situations)
def test_also_is_the_union_over_every_row_that_matches(situation: dict[str, str]) -> None:
    true = frozenset(situation)
    response = POLICY.respond(situation)
    matching = [row for row in ROWS[:-1] if row.when.holds(true)] or [ROWS[-1]]
    if matching[0].alone:
        matching = matching[:1]
    sent = {extra.unit for row in matching for extra in row.also if extra.when.holds(true)}
    sent |= {row.unit for row in matching if row.joins.holds(true)}
    assert set(response["also"]) == sent - {response["unit"], None}
    order = list(POLICY.content.units)
    assert response["also"] == sorted(response["also"], key=order.index)
    assert response["row"] == matching[0].row


@given(situations)
def test_with_a_weapon_or_violence_medics_and_clinicians_wait(situation: dict[str, str]) -> None:
    if {"weapon", "violence"} & situation.keys():
        assert POLICY.respond(situation)["stage"]


@given(situations)
def test_every_program_before_the_unit_is_named_with_a_reason(situation: dict[str, str]) -> None:
    response = POLICY.respond(situation)
    named = [refused["unit"] for refused in response["not"]]
    expected = {None: [], "CCD": [], "CRT": ["CCD"], "co_response": ["CCD", "CRT"]}
    assert named == expected.get(response["unit"], ["CCD", "CRT", "co_response"])
    assert all(refused["reason"] for refused in response["not"])


@given(situations, st.datetimes(min_value=datetime(2022, 1, 1), max_value=datetime(2027, 1, 1)))
def test_nothing_beside_a_response_promises_what_nobody_knows(
    situation: dict[str, str], at: datetime
) -> None:
    response = POLICY.respond(situation, at=at.replace(tzinfo=EASTERN), area="county")
    shown = [*response["because"], *(refused["reason"] for refused in response["not"])]
    if response["instead"]:
        shown.append(response["instead"]["reason"])
    for words in shown:
        assert not BANNED.search(words), words


@pytest.mark.parametrize(
    ("situation", "shown"),
    [
        ({"weapon": "has knife", "blade": "", "in_hand": ""}, 'STATED: knife in hand — "has knife"'),
        ({"weapon": "poss armed", "hedged_weapon": ""}, 'MAY BE ARMED, not confirmed — "poss armed"'),
        ({"weapon_denied": "(14:03)", "trespass": "", "acuity_2": ""}, "Weapons: caller says none (14:03)"),
        ({"weapon_none": "", "trespass": "", "acuity_2": ""}, "Weapons not asked"),
        ({"weapon_unknown": "", "trespass": "", "acuity_2": ""}, "Weapons: asked, no answer yet"),
        ({"weapon": "no weapon there"}, "STATED: weapon"),
    ],
)
def test_what_is_said_of_weapons_is_shown_as_it_was_said(situation: dict[str, str], shown: str) -> None:
    assert shown in POLICY.respond(situation)["because"]


def test_acuity_is_shown_by_what_it_sends_and_has_its_number_for_an_eido() -> None:
    shown = " · ".join(POLICY.shown_acuity(level) for level in (1, 2, 3, 4))
    assert shown == "1 phone · 2 team · 3 urgent · 4 now"
    numbers = [POLICY.eido_priority(level) for level in (1, 2, 3, 4)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 10


# Who is there

TRESPASS = ("trespass", "acuity_2", "weapon_none")
URGENT = ("mental_health", "acuity_3", "weapon_none")


@pytest.mark.parametrize(
    ("at", "area", "available"),
    [
        (None, None, None),
        (None, "central", None),
        (None, "county", False),
        ("2022-07-05T10:00", None, None),
        ("2022-07-05T10:00", "central", True),  # a Tuesday of the first weeks
        ("2022-07-05T10:00", "outside", False),
        ("2022-07-05T07:59:59", "central", False),
        ("2022-07-05T08:00", "central", True),
        ("2022-07-05T16:59:59", "central", True),
        ("2022-07-05T17:00", "central", False),  # the end of a shift is not on it
        ("2022-07-05T17:00", None, False),
        ("2022-07-09T10:00", "central", False),  # a Saturday, before a second team could have come
        ("2022-08-06T10:00", "central", None),  # a Saturday when nobody published whether it had
        ("2022-08-05T10:00", "central", True),
        ("2022-10-01T10:00", "central", True),  # a Saturday after both were out
        ("2022-10-01T18:59", "central", True),
        ("2022-10-01T19:00", "central", False),
        ("2022-06-27T10:00", "central", False),  # the day before it began
        ("2022-06-28T10:00", "central", True),
        ("2022-11-06T07:59", "central", False),  # clocks went back in this night
        ("2022-11-06T08:00", "central", True),
        ("2023-03-12T08:00", "central", True),  # and forward in this one
        ("2026-07-04T22:10", "central", False),
    ],
)
def test_the_team_is_there_on_its_shifts_and_in_its_area(
    at: str | None, area: str | None, available: bool | None
) -> None:
    response = respond(*TRESPASS, at=at, area=area)
    assert response["unit"] == "CRT"
    assert response["available"] is available
    assert (response["instead"] is not None) == (available is False)


def test_the_same_moment_gives_the_same_answer_in_any_offset() -> None:
    eastern = datetime(2022, 7, 5, 16, 30, tzinfo=EASTERN)
    for zone in ("UTC", "Asia/Tokyo", "Pacific/Auckland"):
        moment = eastern.astimezone(ZoneInfo(zone))
        response = POLICY.respond(dict.fromkeys(TRESPASS, ""), at=moment, area="central")
        assert response["available"] is True


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        POLICY.respond({}, at=datetime(2022, 7, 5))


@pytest.mark.parametrize(
    ("true", "at", "unit", "instead", "why"),
    [
        (URGENT, "2022-08-02T10:00", "co_response", "police", "is not running on 2022-08-02"),
        (TRESPASS, "2022-07-05T22:10", "CRT", "police", "off shift at Tue 22:10, next from Wed 08:00"),
        (TRESPASS, "2022-07-08T18:00", "CRT", "police", "next from Mon 08:00"),
        (TRESPASS, "2022-07-05T22:10", "CRT", "police", "hold for the team if the caller agrees"),
        (("welfare_check", "acuity_2"), "2022-07-05T22:10", "CRT", "police", "police and EMS"),
        (("mental_health", "acuity_2"), "2022-07-05T22:10", "CRT", "CCD", "a clinician on the line"),
        (
            ("mental_health", "acuity_1"),
            "2022-06-01T10:00",
            "CCD",
            "call_taker",
            "is not running on 2022-06-01",
        ),
        (("mental_health", "acuity_2", "self_calling"), "2022-06-01T10:00", "CCD", "police", "not running"),
    ],
)
def test_another_unit_goes_when_it_is_not_there_and_the_reason_is_kept(
    true: tuple[str, ...], at: str, unit: str, instead: str, why: str
) -> None:
    response = respond(*true, at=at, area="central")
    assert (response["unit"], response["available"]) == (unit, False)
    assert response["instead"] is not None
    assert response["instead"]["unit"] == instead
    assert why in response["instead"]["reason"]


def test_hours_that_nobody_published_are_not_assumed() -> None:
    assert respond("mental_health", "acuity_1", at="2022-07-05T10:00")["available"] is None
    assert respond(*URGENT, at="2022-10-05T10:00", area="central")["available"] is None


def test_police_fire_and_medics_are_always_there() -> None:
    assert respond("weapon", "in_hand")["available"] is True
    assert respond("fire", at="2020-01-01T03:00", area="outside")["available"] is True


def test_whoever_should_go_too_but_is_not_there_is_said() -> None:
    response = respond("weapon", "suicide_imminent", at="2022-08-02T10:00", area="central")
    assert "co_response" in response["also"]
    assert any("Named too, but not there: Co-Response" in reason for reason in response["because"])


# Where


@pytest.mark.parametrize(
    ("area", "location", "name"),
    [
        (None, None, None),
        ("central", None, "central"),
        ("CENTRAL", None, "central"),
        (None, Location(lat=35.994, lon=-78.899), "central"),
        (None, Location(lat=36.15, lon=-78.88), "county"),
        (None, Location(lat=40.71, lon=-74.0), "outside"),
        ("outside", Location(lat=35.994, lon=-78.899), "outside"),
    ],
)
def test_a_named_area_wins_over_a_location(
    area: str | None, location: Location | None, name: str | None
) -> None:
    assert POLICY.area_of(area, location) == name


def test_an_unknown_area_is_refused_with_the_known_ones() -> None:
    for call in (lambda: POLICY.area_of("downtown", None), lambda: respond(*TRESPASS, area="downtown")):
        with pytest.raises(UnknownArea, match="central, county, outside"):
            call()


def test_the_outline_says_of_itself_that_it_was_drawn_for_the_demonstration() -> None:
    assert "Drawn for the demonstration" in DURHAM.with_name("durham.geojson").read_text()


# The center's own call types


@pytest.mark.parametrize(
    ("call_type", "said"),
    [
        ("INTOX", {"intoxicated"}),
        ("intoxicated person", {"intoxicated"}),
        ("Disturbance/Verbal", {"verbal_disturbance"}),
        ("SUICTHRT", {"mental_health", "suicidal"}),
        ("WELFARE CHECK", {"welfare_check"}),
        ("DISTURBANCE", set()),
        ("9B12", set()),
        (None, set()),
    ],
)
def test_a_call_type_says_what_the_policy_knows_of_it(call_type: str | None, said: set[str]) -> None:
    assert set(POLICY.of_call_type(call_type)) == said


# The file


def test_every_term_of_the_table_can_come_from_somewhere() -> None:
    given_by_rules = {
        fact
        for path in RULES.glob("*.yaml")
        for rule in load(path, RuleFile).rules
        for fact in rule.facts.union(*(companion.facts for companion in rule.when))
    }
    given_by_answers = {
        term for asked in questions() for answer in asked.answers.values() for term in answer.terms
    }
    given_by_call_types = {term for said in POLICY.content.call_types.values() for term in said}
    assert given_by_rules <= facts().keys(), "rules give facts of the vocabulary only"
    for name, fact in facts().items():
        sources = {source for source in fact.sources if not (RULES / f"{source}.yaml").exists()}
        if sources <= {"answer", "call_type"} or "facts" in fact.sources:
            assert name in given_by_rules | given_by_answers | given_by_call_types, name


def test_the_version_is_that_of_the_content(tmp_path: Path) -> None:
    for path in (DURHAM, DURHAM.with_name("durham.geojson")):
        shutil.copy(path, tmp_path)
    copy = tmp_path / "durham.yaml"
    assert ResponsePolicy.load(copy).version == POLICY.version
    copy.write_text(copy.read_text() + "# signed\n")
    assert ResponsePolicy.load(copy).version != POLICY.version


def test_a_proposal_says_that_it_is_one() -> None:
    assert "A PROPOSAL TO BE SIGNED" in DURHAM.read_text().splitlines()[0]
    assert POLICY.content.signed is None


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("rows", 3, "when"), "weapn", ["row 3", "'weapn' is no term", "did you mean", "in_hand"]),
        (("rows", 3, "when"), {"both": ["weapon"]}, ["row 3", "is no condition", "{any: [...]}"]),
        (("rows", 3, "unit"), "swat", ["row 3", "'swat' is no unit", "police, fire, ems, co_response"]),
        (("rows", 3, "also"), ["medics"], ["row 3", "'medics' is no unit"]),
        (("rows", 3, "color"), "red", ["rows.3.color"]),
        (("rows", 3, "reason"), "No weapon, all is well", ["row 3", "may not be shown beside a response"]),
        (("rows", 3, "reason"), "Because {wepon}", ["row 3", "'wepon' is no term", "'weapon'"]),
        (("rows", 3, "row"), "1", ["an id stands for one row only"]),
        (("rows", -1, "when"), "trespass", ["the last row", "every call has an answer"]),
        (("rows", 3, "example"), {"note": "x", "terms": ["wepon"]}, ["row 3", "'wepon' is no term"]),
        (("time_zone",), "Durham/Main_St", ["is no time zone"]),
        (("considered",), ["CCD", "HEART"], ["'HEART' is no unit"]),
        (("conditions", "weapon"), "gun", ["is a term already"]),
        (("conditions", "menaced"), "wepon", ["menaced", "'wepon' is no term"]),
        (("units", "CRT", "areas"), ["centre"], ["units.CRT.areas", "central, county, outside"]),
        (("units", "CRT", "roster"), [{"days": "daily", "hours": "all day"}], ["are no hours"]),
        (("call_types", "OD"), ["overdosed"], ["'overdosed' is no term"]),
        (("acuity",), {1: {"shown": "1 phone", "eido_priority": 2}}, ["needs 1, 2, 3 and 4"]),
        (("areas", "file"), "nowhere.geojson", ["nowhere.geojson"]),
    ],
)
def test_what_a_file_cannot_mean_is_refused_with_what_is_allowed(
    tmp_path: Path, place: tuple[str | int, ...], value: object, said: list[str]
) -> None:
    content = yaml.safe_load(DURHAM.read_text())
    inner = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path = tmp_path / "city.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    shutil.copy(DURHAM.with_name("durham.geojson"), tmp_path)
    with pytest.raises(FileError) as refused:
        ResponsePolicy.load(path)
    for words in ["city.yaml" if "nowhere" not in said[0] else "nowhere", *said]:
        assert words in str(refused.value)


def test_a_refusal_gives_the_line(tmp_path: Path) -> None:
    text = DURHAM.read_text().replace("    when: hostage_barricade\n", "    when: hostage\n", 1)
    path = tmp_path / "city.yaml"
    path.write_text(text)
    line = text.splitlines().index("    when: hostage") + 1
    with pytest.raises(FileError, match=rf"city\.yaml:{line}: .*row 1: 'hostage' is no term"):
        ResponsePolicy.load(path)


def test_states_are_terms_that_a_row_can_ask_for() -> None:
    assert set(STATE_TERMS) <= set(terms())
