"""Who is judged by what was learned from whom, and what the table then says of it."""

import pytest

from training import corpus
from training.protocols import HALVES, LEAVE_OUT, WITHIN_READING, run, run_rules


@pytest.fixture(scope="module")
def notes():
    """A few notes of each center."""
    return corpus.packaged()[::40]


@pytest.mark.parametrize(
    ("protocol", "parts", "centers", "title"),
    [
        (HALVES, None, corpus.UNREAD, "Learned from the reading half, judged on the unread half"),
        (LEAVE_OUT, 2, corpus.READING | corpus.UNREAD, "by what was learned from the others, in 2 parts"),
        (WITHIN_READING, 2, corpus.READING, "by what was learned from its other centers, in 2 parts"),
    ],
)
def test_a_protocol_judges_its_centers_and_says_so(notes, tmp_path, protocol, parts, centers, title):
    outcome = run(protocol, notes, folder=tmp_path, parts=parts)
    assert outcome.report.protocol.endswith(title)
    assert set(outcome.report.centers) == centers
    assert outcome.report.notes == sum(note.center in centers for note in notes)


def test_a_single_center_is_dealt_at_random_and_the_title_warns(tmp_path):
    alone = [note for note in corpus.packaged() if note.center == "A"][::5]
    outcome = run(LEAVE_OUT, alone, folder=tmp_path, parts=2)
    assert "it would do worse" in outcome.report.protocol
    assert outcome.report.notes == len(alone)


def test_the_whole_system_is_never_less_cautious_than_its_rules(notes, tmp_path):
    whole = run(HALVES, notes, folder=tmp_path)
    alone = run_rules(notes)["unread"]
    for name in ("hazard.weapon.recall", "hazard.other_eight.recall", "hazard.none.hits"):
        assert whole.report.system[name] == alone.report.system[name]
