"""Hashes change when what they stand for changes, and only then."""

import shutil

import pytest

from classifier.labels import LabeledNote
from training import provenance

NOTE = LabeledNote(note="MALE DOWN", acuity=3)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A copy of the classifier whose files may be changed."""
    copy = tmp_path / "classifier"
    shutil.copytree(provenance.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "ROOT", copy)
    return copy


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("model.py", {"code", "model_code"}),
        ("features.py", {"code", "model_code"}),
        ("durham.yaml", {"code"}),
        ("ask.py", {"code"}),
        ("rules/weapon.yaml", {"rules", "model_code"}),
    ],
)
def test_a_changed_file_changes_the_hashes_that_stand_for_it(root, file, changes):
    before = hashes()
    with (root / file).open("a") as changed:
        changed.write("\n# another line\n")
    after = hashes()
    assert {name for name in before if before[name] != after[name]} == changes


def test_other_labels_are_other_data(root):
    relabeled = NOTE.model_copy(update={"acuity": 2})
    assert provenance.provenance([NOTE]).data != provenance.provenance([relabeled]).data


def test_the_packages_that_compute_are_named_with_their_versions():
    assert set(provenance.packages()) == {"python", "numpy", "scipy", "scikit-learn", "spacy"}


def hashes():
    found = provenance.provenance([NOTE])
    return {"code": found.code, "rules": found.rules, "model_code": provenance.model_code.__wrapped__()}
