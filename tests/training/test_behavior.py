"""The behavioral suite holds what it promises, and its runner counts right."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from classifier.cli import heartline
from classifier.recommender import Recommender
from classifier.terms import HAZARDS, WEAPON
from classifier.yamlfile import FileError
from training import corpus
from training.behavior import Answer, by_recommender, by_rules, failing, report, run
from training.behaviorfile import SUITE, SuiteFile, load

CAPABILITIES = [
    "appending",
    "calm_telling",
    "case",
    "floor",
    "hedge_or_wonder",
    "history",
    "idiom",
    "later_entry",
    "look_alike",
    "misspelling",
    "negation_scope",
    "other_person",
    "plain_words",
    "question_and_answer",
    "routine_alarm",
    "several_dangers",
    "shorthand",
    "spanish",
    "tool",
    "truncation",
]


@pytest.fixture(scope="module")
def suite():
    return load()


def _folded(text):
    return " ".join(text.casefold().split())


def test_every_capability_has_its_file_and_cases_enough_to_tell(suite):
    counts = Counter(case.capability for case in suite)
    assert sorted(counts) == CAPABILITIES == sorted(path.stem for path in SUITE.iterdir())
    assert len(suite) >= 1_000
    assert min(counts.values()) >= 25


@pytest.mark.parametrize("hazard", HAZARDS)
def test_every_danger_is_told_in_many_ways(suite, hazard):
    about = [case for case in suite if hazard in case.hazards]
    assert len(about) >= 40
    assert len({case.capability for case in about}) >= 8


def test_every_kind_and_every_weapon_status_is_tried(suite):
    kinds = Counter(case.kind for case in suite)
    assert set(kinds) == {"MFT", "INV", "DIR"}
    assert min(kinds.values()) >= 50
    weapons = Counter(case.expected.weapon for case in suite)
    assert min(weapons[weapon] for weapon in WEAPON) >= 25


def test_dangers_and_their_absence_are_both_tried(suite):
    told = [case for case in suite if case.kind == "MFT" and case.expected.hazards is not None]
    quiet = [case for case in told if not case.expected.hazards]
    assert 0.3 < len(quiet) / len(told) < 0.6


def test_no_case_stands_twice(suite):
    tried = Counter((_folded(case.note) if case.kind == "MFT" else case.note, case.after) for case in suite)
    assert [text for text, times in tried.items() if times > 1] == []


def test_no_case_is_a_note_of_the_corpus(suite):
    notes = {_folded(note.note) for note in [*corpus.packaged(), *corpus.supplement()]}
    assert not any(_folded(text) in notes for case in suite for text in (case.note, case.after) if text)


def test_every_case_expects_something_and_changes_something(suite):
    for case in suite:
        assert case.note != case.after
        if case.kind == "DIR":
            assert case.moves is not None
            assert case.moves.gains | case.moves.keeps | case.moves.loses
        else:
            assert case.expected.hazards is not None or case.expected.grows, case.note


def test_what_is_expected_obeys_the_codebook_s_consequences(suite):
    for case in suite:
        expected, hazards = case.expected, case.expected.hazards
        if hazards is None:
            continue
        assert not hazards & expected.open, case.note
        if expected.weapon is not None and "weapon" not in expected.open:
            assert ("weapon" in hazards) == (expected.weapon == "present"), case.note
        if hazards & {"suicide_imminent", "medical", "hostage_barricade"}:
            assert expected.floor in {None, 4}, case.note


def test_both_sides_of_a_minimal_pair_differ_in_what_they_expect(suite):
    sides = {}
    for case in suite:
        if case.pair:
            sides.setdefault(case.pair, []).append(case.expected)
    assert len(sides) >= 100
    assert all(first != second for first, second in sides.values())


def test_most_families_are_written_by_hand():
    from classifier.yamlfile import load as read

    families = [family for path in SUITE.iterdir() for family in read(path, SuiteFile).families]
    filled = [family for family in families if any(getattr(case, "fill", {}) for case in family.cases)]
    assert len(filled) < len(families) / 10


def write(folder, families):
    (folder / "small.yaml").write_text(f"about: A small suite.\nfamilies:\n{families}", encoding="utf-8")
    return load(folder)


SMALL = """
- family: notes
  kind: MFT
  expect: {hazards: [weapon], weapon: present}
  against: {hazards: [], weapon: denied}
  cases:
  - a gun
  - {note: "a {what} in {where}", fill: {what: [gun, bat], where: [hand, a bag]}}
  - {note: a gun and smoke, open: [fire]}
  - {note: "a gun, a knife", mentions: {gun: asserted, knife: negated}}
  pairs:
  - [gun, no gun]
  - [bat here, "no, none"]
- family: told otherwise
  kind: INV
  expect: {hazards: [weapon]}
  cases:
  - {note: a gun there, variants: [a GUN there, a goon there]}
  - {note: Gun, case: true}
- family: more
  kind: DIR
  cases:
  - {note: a gun, append: " and smoke", gains: [fire], keeps: [weapon]}
  - {note: smoke, append: " no gun", keeps: [fire], gains: [weapon]}
  - {note: smoke, append: " and a gun", floor: higher, gains: [weapon]}
  - {note: smoke, append: ", out", floor: any, loses: [fire]}
"""


def by_word(note):
    """Answer by single words: `gun` is a weapon unless `no` stands in the note, `smoke` is fire."""
    words = note.lower().replace(",", "").split()
    hazards = {"weapon"} if "gun" in words and "no" not in words else set()
    if "smoke" in words and "out" not in words:
        hazards.add("fire")
    at = note.lower().find("gun")
    return Answer(
        frozenset(hazards),
        (4 if "weapon" in hazards else 3) if hazards else None,
        "present" if "weapon" in hazards else "denied" if "no" in words else "none",
        ((at, at + 3, "asserted"),) if at >= 0 else (),
    )


def test_a_suite_is_run_and_counted(tmp_path):
    results = run(write(tmp_path, SMALL), by_word)
    counted = report(results)
    assert counted["all"] == {"passed": 14, "cases": 20, "rate": 0.7}
    assert counted["pairs"] == {"passed": 1, "cases": 2, "rate": 0.5}
    assert counted["capabilities"] == {"small": counted["all"]}
    assert {kind: (tally["passed"], tally["cases"]) for kind, tally in counted["kinds"].items()} == {
        "MFT": (7, 11),
        "INV": (4, 5),
        "DIR": (3, 4),
    }
    assert counted["hazards"]["fire"] == {"passed": 2, "cases": 3, "rate": pytest.approx(2 / 3)}
    assert counted["hazards"]["medical"] == {"passed": 0, "cases": 0, "rate": None}


def test_failures_say_what_was_wrong(tmp_path):
    wrong = {
        error["after"] or error["note"]: error["wrong"]
        for error in failing(run(write(tmp_path, SMALL), by_word))
    }
    assert wrong == {
        "a bat in hand": ["weapon: not hit", "weapon: none, not present"],
        "a bat in a bag": ["weapon: not hit", "weapon: none, not present"],
        "a gun, a knife": ["'knife': nothing, not negated"],
        "bat here": ["weapon: not hit", "weapon: none, not present"],
        "a goon there": [
            "hazards: weapon became nothing",
            "floor: 4 became nothing",
            "weapon: present became none",
        ],
        "smoke no gun": ["weapon: not hit, then not hit"],
    }


def test_an_invariance_needs_the_right_answer_to_begin_with(tmp_path):
    families = "- {family: f, kind: INV, cases: [{note: bat, hazards: [weapon], variants: [BAT]}]}"
    (result,) = run(write(tmp_path, families), by_word)
    assert result.wrong == ("weapon: not hit",)


@pytest.mark.parametrize(
    ("note", "grows", "wrong"),
    [
        ("he has a gun and smoke", "{weapon: a gun, fire: smoke}", ()),
        ("he has a gun and more", "{weapon: gun and}", ()),
        ("he has a bat", "{weapon: a bat}", ("cut to 'he has a bat': weapon: not hit",)),
        ("gun in hand", "{weapon: hand}", ("cut to 'gun': weapon: hit",)),
        ("a phone", "{}", ()),
        ("gun range", "{}", ("cut to 'gun': weapon: hit",)),
    ],
)
def test_a_cut_note_must_tell_a_danger_from_its_words_on_and_not_before(tmp_path, note, grows, wrong):
    families = f"- {{family: f, kind: MFT, cases: [{{note: {note}, grows: {grows}}}]}}"
    (result,) = run(write(tmp_path, families), by_word)
    assert result.wrong == wrong


@pytest.mark.parametrize(
    ("families", "says"),
    [
        ("- {family: f, kind: MFT, cases: [{note: a, hazards: [guns]}]}", "hazards"),
        (
            "- {family: f, kind: MFT, cases: [{note: a, mentions: {b: negated}}]}",
            "'b' must stand exactly once in 'a'",
        ),
        ("- {family: f, kind: MFT, cases: [{note: a a, grows: {fire: a}}]}", "must stand exactly once"),
        ("- {family: f, kind: XYZ, cases: [a]}", "small.yaml:3: families.0"),
        ("- {family: f, kind: DIR, cases: [{note: a}]}", "append"),
        ("- {family: f, kind: INV, cases: []}", "cases"),
        ("- {family: f, kind: MFT, cases: [{note: a, weapons: none}]}", "weapons"),
    ],
)
def test_a_file_without_the_form_is_refused_by_name_and_line(tmp_path, families, says):
    with pytest.raises(FileError, match=r"small\.yaml:\d+: ") as error:
        write(tmp_path, families)
    assert says in str(error.value)


def test_rules_alone_and_the_whole_system_answer_alike(suite):
    some = [case for case in suite if case.capability == "plain_words"][::6]
    whole = run(some, by_recommender(Recommender()))
    alone = run(some, by_rules())
    assert [result.wrong for result in whole] == [result.wrong for result in alone]
    assert sum(result.passed for result in alone) > len(alone) / 2


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(heartline, ["evaluate", "--behavior", *arguments])


def test_pass_rates_are_printed_by_capability(evaluate):
    done = evaluate()
    assert done.exit_code == 0, done.output
    assert all(f"  {name} " in done.stdout for name in [*CAPABILITIES, *HAZARDS, "MFT", "INV", "DIR"])
    assert "Minimal pairs, both sides" in done.stdout
    assert "→" not in done.stdout


def test_failing_cases_are_printed_when_asked_for(evaluate):
    errors = json.loads(evaluate("--json", "--errors", "1000").stdout)["errors"]
    screen = " ".join(evaluate("--errors", "3").stdout.split())
    assert [error["family"] in screen for error in errors[:3]] == [True] * len(errors[:3])
    assert all(error["wrong"] for error in errors)


def test_pass_rates_are_kept_for_the_documents(evaluate, tmp_path):
    told = json.loads(evaluate("--json", "--write", "figures").stdout)
    assert json.loads((tmp_path / "figures" / "behavior.json").read_text("utf-8")) == told
    assert set(told) == {"provenance", "all", "pairs", "capabilities", "kinds", "hazards"}
    assert told["all"]["cases"] == sum(tally["cases"] for tally in told["kinds"].values())


@pytest.mark.parametrize("other", ["--rules", "--halves", "--reading", "--prior=trespass=0.1"])
def test_the_suite_goes_with_no_other_notes(evaluate, other):
    done = evaluate(other)
    assert done.exit_code == 2
    assert "--behavior has its own cases" in done.stderr
