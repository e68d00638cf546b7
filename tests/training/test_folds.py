"""Who is learned from is never judged, and what was fitted once is not fitted again."""

import numpy as np
import pytest

from classifier.labels import LabeledNote
from training import Unusable, corpus, folds
from training.fit import fit
from training.folds import Recalled, halves, leave_centers_out, leave_notes_out, recall


@pytest.fixture(scope="module")
def notes() -> list[LabeledNote]:
    """A few notes of three centers of the reading half."""
    return [note for note in corpus.packaged() if note.center in {"A", "C", "E"}][::14]


@pytest.mark.parametrize("parts", [None, 2, 3, 99])
def test_every_note_is_judged_once_by_what_was_learned_from_other_centers(notes, parts):
    dealt = leave_centers_out(notes, parts)
    assert len(dealt) == min(parts or 3, 3)
    assert sorted(np.concatenate([fold.judge for fold in dealt])) == list(range(len(notes)))
    for fold in dealt:
        learned = {notes[row].center for row in fold.learn}
        judged = {notes[row].center for row in fold.judge}
        assert not learned & judged
        assert learned | judged == {"A", "C", "E"}


def test_the_unread_half_is_judged_and_never_learned_from():
    notes = corpus.packaged()
    (fold,) = halves(notes)
    assert {notes[row].center for row in fold.learn} == corpus.READING
    assert {notes[row].center for row in fold.judge} == corpus.UNREAD


def test_a_single_center_cannot_be_left_out(notes):
    with pytest.raises(Unusable, match=r"one center \(A\); leaving a center out needs two or more"):
        leave_centers_out([note for note in notes if note.center == "A"])


def test_notes_of_a_single_center_are_dealt_at_random(notes):
    dealt = leave_notes_out(notes, parts=4)
    assert sorted(np.concatenate([fold.judge for fold in dealt])) == list(range(len(notes)))
    assert all(not set(fold.learn) & set(fold.judge) for fold in dealt)


def test_a_finished_fold_is_recalled_and_not_fitted_again(notes, tmp_path, monkeypatch):
    fold = leave_centers_out(notes)[0]
    first = recall(fold, notes, seed=0, folder=tmp_path)
    monkeypatch.setattr(folds, "fit", lambda *_, **__: pytest.fail("was fitted again"))
    again = recall(fold, notes, seed=0, folder=tmp_path)
    judged = [notes[row].note for row in fold.judge]
    for before, after in zip(first.predict_proba(judged), again.predict_proba(judged), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("change", ["seed", "label", "code", "packages"])
def test_what_a_fold_depends_on_makes_it_another_one(notes, tmp_path, monkeypatch, change):
    fold, seed, changed = leave_centers_out(notes)[0], 0, list(notes)
    recall(fold, notes, seed=seed, folder=tmp_path)
    if change == "seed":
        seed = 1
    elif change == "label":
        row = fold.learn[0]
        changed[row] = notes[row].model_copy(update={"categories": None})
    elif change == "code":
        monkeypatch.setattr(folds.provenance, "model_code", lambda: "another")
    else:
        monkeypatch.setattr(folds.provenance, "packages", lambda: {"numpy": "0"})
    recall(fold, changed, seed=seed, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_recalled_model_says_what_the_fitted_one_said_and_nothing_else(notes, tmp_path):
    texts = [note.note for note in notes]
    model = fit(notes)
    recalled = Recalled.of(model, texts)
    for said, again in zip(model.predict_proba(texts), recalled.predict_proba(texts), strict=True):
        np.testing.assert_array_equal(said, again)
    np.testing.assert_array_equal(recalled.thresholds_, model.thresholds_)
    assert [recalled.familiar(text) for text in texts] == [model.familiar(text) for text in texts]
    with pytest.raises(KeyError):
        recalled.predict_proba(["A NOTE THAT IT WAS NOT ASKED ABOUT"])


def test_data_without_categories_and_acuity_is_refused():
    with pytest.raises(Unusable, match="the model learns from these two labels"):
        fit([LabeledNote(note="MALE DOWN", weapon="none")])
