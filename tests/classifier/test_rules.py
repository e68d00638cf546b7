"""The rules engine: reading rule files, laying folders over one another, and what a rule finds in a note."""

from pathlib import Path

import pytest

from classifier.reading import read
from classifier.rules import Found, SafetyRules, check, default_rules
from classifier.terms import HAZARDS, LEAST_ACUITY, RAISING
from classifier.yamlfile import FileError

SMOKE = """
hazard: fire
rules:
  - id: fire-smoke
    reason: Smoke is seen.
    floor: 3
    patterns: [smoke]
    unless: [smoke break]
    unless_near: [barbecue]
    when:
      - {near: [trapped], within: 4, floor: 4, facts: [people_inside]}
    fires: [smoke in the hall]
    quiet: [no smoke, on a smoke break]
"""

NEEDY = """
hazard: traffic_danger
rules:
  - id: traffic-lane
    reason: Somebody is in a lane.
    floor: 3
    patterns: [in the lane]
    needs: [walking]
    within: 3
    fires: [walking in the lane]
    quiet: [parked in the lane]
"""


def folder(base: Path, **files: str) -> Path:
    base.mkdir()
    for name, text in files.items():
        (base / f"{name}.yaml").write_text(text, encoding="utf-8")
    return base


def found(rules: SafetyRules, text: str) -> list[Found]:
    return list(rules.read(read(text)))


def test_a_hit_says_where_it_stands_and_why(tmp_path: Path) -> None:
    rules = SafetyRules([folder(tmp_path / "own", fire=SMOKE)])
    (hit,) = found(rules, "KITCHEN FULL OF SMOKE, ALL OUT")
    assert (hit.rule, hit.hazard, hit.status, hit.floor) == ("fire-smoke", "fire", "asserted", 3)
    assert "KITCHEN FULL OF SMOKE, ALL OUT"[hit.start : hit.end] == "SMOKE"
    assert hit.reason == "Smoke is seen."
    assert hit.raises


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("smoke in the hall", "asserted"),
        ("possible smoke in the hall", "possible"),
        ("no smoke seen", "negated"),
        ("any smoke? no", "negated"),
        ("any smoke? unknown", "unknown"),
        ("on a smoke break in the hall", "other"),
        ("smoke off the barbecue", "other"),
    ],
)
def test_a_mention_has_the_status_that_its_words_give_it(tmp_path: Path, note: str, status: str) -> None:
    rules = SafetyRules([folder(tmp_path / "own", fire=SMOKE)])
    assert [hit.status for hit in found(rules, note)] == [status]


@pytest.mark.parametrize(
    ("note", "floor", "facts"),
    [
        ("smoke in the hall", 3, set()),
        ("smoke, two trapped", 4, {"people_inside"}),
        ("smoke in the hall, not trapped", 3, set()),
        ("trapped cat yesterday at the other end of the lane and now smoke", 3, set()),
    ],
)
def test_companions_within_reach_raise_the_floor_and_add_facts(
    tmp_path: Path, note: str, floor: int, facts: set[str]
) -> None:
    rules = SafetyRules([folder(tmp_path / "own", fire=SMOKE)])
    (hit,) = found(rules, note)
    assert (hit.floor, set(hit.facts)) == (floor, facts)


@pytest.mark.parametrize(
    ("note", "hits"),
    [
        ("male walking in the lane", 1),
        ("in the lane, male walking", 1),
        ("van parked in the lane", 0),
        ("walking the dog near the park and a van is in the lane", 0),
        ("not walking in the lane", 0),
        ("14:02 male walking\n14:05 van in the lane", 0),
    ],
)
def test_an_anchor_says_nothing_without_what_it_needs_near_it_in_the_same_entry(
    tmp_path: Path, note: str, hits: int
) -> None:
    rules = SafetyRules([folder(tmp_path / "own", traffic=NEEDY)])
    assert len(found(rules, note)) == hits


def test_of_overlapping_mentions_of_one_hazard_the_longest_stays_with_the_graver_floor(
    tmp_path: Path,
) -> None:
    more = SMOKE + (
        "  - id: fire-thick-smoke\n    reason: The smoke is thick.\n    floor: 4\n"
        "    patterns: [thick smoke]\n    fires: [thick smoke]\n    quiet: [thin smoke]\n"
    )
    rules = SafetyRules([folder(tmp_path / "own", fire=more)])
    (hit,) = found(rules, "thick smoke upstairs")
    assert (hit.rule, hit.floor) == ("fire-thick-smoke", 4)


def test_a_later_folder_replaces_a_rule_of_the_same_id(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", fire=SMOKE)
    center = folder(
        tmp_path / "center",
        fire=SMOKE.replace("[smoke]", "[haze]").replace("smoke in the hall", "haze").replace("Smoke", "Haze"),
    )
    rules = SafetyRules([own, center])
    assert found(rules, "smoke in the hall") == []
    (hit,) = found(rules, "haze in the hall")
    assert hit.reason == "Haze is seen."


def test_a_center_switches_a_rule_off(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", fire=SMOKE)
    center = folder(tmp_path / "center", house="off: [fire-smoke]\n")
    assert found(SafetyRules([own, center]), "smoke in the hall") == []


def test_the_version_names_every_folder_and_changes_with_its_content(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", fire=SMOKE)
    center = folder(tmp_path / "center", traffic=NEEDY)
    alone, both = SafetyRules([own]).version, SafetyRules([own, center]).version
    assert both.startswith(alone + "+")
    (center / "traffic.yaml").write_text(NEEDY.replace("within: 3", "within: 4"), encoding="utf-8")
    assert SafetyRules([own, center]).version != both


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMOKE.replace("    fires: [smoke in the hall]\n", ""), ["fire.yaml", "fire-smoke", "'fires'"]),
        (
            SMOKE.replace("    quiet: [no smoke, on a smoke break]\n", ""),
            ["fire.yaml", "fire-smoke", "'quiet'"],
        ),
        (SMOKE.replace("floor: 3", "floor: 2"), ["fire.yaml", "fire-smoke", "floor of fire is 3"]),
        (SMOKE.replace("    floor: 3\n", ""), ["fire.yaml", "fire-smoke", "floor"]),
        (SMOKE + SMOKE.split("rules:\n")[1], ["fire.yaml", "fire-smoke", "twice"]),
        (SMOKE.replace("patterns: [smoke]", "patterns: ['{gun}']"), ["fire-smoke", "'gun'"]),
        (SMOKE.replace("patterns: [smoke]", "patterns: ['(smoke']"), ["fire-smoke", "(smoke"]),
        (SMOKE.replace("patterns:", "pattern:"), ["fire.yaml", "pattern"]),
        (SMOKE.replace("hazard: fire\n", ""), ["fire.yaml", "fire-smoke", "without a hazard"]),
        ("hazard: flood\n", ["fire.yaml:", "hazard"]),
        ("off: [fire-nothing]\n", ["fire.yaml", "fire-nothing"]),
        ("rules: [\n", ["fire.yaml:", "YAML"]),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_file_and_rule(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    with pytest.raises(FileError) as refused:
        SafetyRules([folder(tmp_path / "own", fire=text)])
    for words in told:
        assert words in str(refused.value)


def test_an_error_of_form_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"fire\.yaml:6: "):
        SafetyRules([folder(tmp_path / "own", fire=SMOKE.replace("floor: 3", "floor: grave", 1))])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no folder of rule files"):
        SafetyRules([tmp_path / "nowhere"])


def test_check_tells_which_sentence_does_not_do_what_it_should(tmp_path: Path) -> None:
    text = SMOKE.replace("[smoke in the hall]", "[all quiet]").replace("[no smoke,", "[smoke again,")
    problems = check(SafetyRules([folder(tmp_path / "own", fire=text)]))
    assert len(problems) == 2
    assert "must fire on 'all quiet' (nothing found)" in problems[0]
    assert "must not fire on 'smoke again' (asserted)" in problems[1]


def test_every_rule_does_what_its_own_sentences_say() -> None:
    assert check(default_rules()) == []


def test_every_hazard_has_rules_and_every_rule_a_floor_that_its_hazard_allows() -> None:
    hazards = {hazard for _, hazard in default_rules().rules}
    assert set(HAZARDS) <= hazards
    for rule, hazard in default_rules().rules:
        assert rule.fires, rule.id
        assert rule.quiet, rule.id
        if hazard is not None and rule.says is None:
            assert (rule.floor or 0) >= LEAST_ACUITY[hazard], rule.id


def test_nothing_is_found_where_nothing_is_said() -> None:
    assert [hit for hit in default_rules().read(read("")) if hit.status in RAISING] == []
