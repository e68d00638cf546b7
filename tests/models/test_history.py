"""Whoever answered is remembered in order, a rollback goes back by it, and one person at a time promotes."""

import threading

import pytest
from sklearn.dummy import DummyClassifier

from models import history, store
from models.card import ModelUnavailable


def saved(folder, constant):
    """Save a model of its own version."""
    model = DummyClassifier(strategy="constant", constant=constant).fit([[0], [1], [2]], [0, 1, 2])
    return store.save(model, folder, {}).version


def promoted(folder, *constants):
    versions = [saved(folder, constant) for constant in constants]
    for version in versions:
        store.promote(folder, version, by="amy", why="a trial")
    return versions


def test_a_champion_says_who_why_what_was_before_it_and_what_was_overridden(tmp_path):
    first, second = saved(tmp_path, 0), saved(tmp_path, 1)
    store.promote(tmp_path, first, by="amy", why="the first")
    store.promote(
        tmp_path, second, by="bo", why="better", override="signed by the chief", failed=("latency",)
    )

    champion = store.read_champion(tmp_path)
    assert (champion.version, champion.before, champion.by) == (second, first, "bo")
    assert (champion.override, champion.failed) == ("signed by the chief", ("latency",))
    assert [entry.version for entry in history.champions(tmp_path)] == [first, second]


def test_a_rollback_brings_the_last_one_back_and_the_next_the_one_before(tmp_path):
    a, b, c = promoted(tmp_path, 0, 1, 2)

    back = store.rollback(tmp_path, by="bo", why="false alarms")
    assert (back.version, back.before, back.action, back.by) == (b, c, "rolled back", "bo")
    assert store.read_champion(tmp_path) == back
    assert store.rollback(tmp_path, by="bo", why="still").version == a
    with pytest.raises(ModelUnavailable, match="there is nothing to go back to"):
        store.rollback(tmp_path, by="bo", why="still")
    assert store.read_champion(tmp_path).version == a


def test_what_is_promoted_after_a_rollback_goes_back_to_what_answered_before_it(tmp_path):
    a, b = promoted(tmp_path, 0, 1)
    store.rollback(tmp_path, by="bo", why="false alarms")
    store.promote(tmp_path, saved(tmp_path, 2), by="amy", why="mended")
    assert store.rollback(tmp_path, by="bo", why="again").version == a
    assert b in {entry.version for entry in history.champions(tmp_path)}


def test_promoting_the_champion_again_is_nothing_to_go_back_to(tmp_path):
    a, b = promoted(tmp_path, 0, 1)
    store.promote(tmp_path, b, by="amy", why="once more")
    assert store.rollback(tmp_path, by="bo", why="false alarms").version == a


def test_a_store_from_before_there_was_a_history_can_go_back(tmp_path):
    a, _ = promoted(tmp_path, 0, 1)
    store.rollback(tmp_path, by="bo", why="to the first")
    (tmp_path / "history" / "champions.jsonl").unlink()
    store.promote(tmp_path, saved(tmp_path, 2), by="amy", why="better")
    assert store.rollback(tmp_path, by="bo", why="false alarms").version == a


def test_a_line_cut_short_costs_that_line_alone(tmp_path):
    a, b = promoted(tmp_path, 0, 1)
    path = tmp_path / "history" / "champions.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    assert [entry.version for entry in history.champions(tmp_path)] == [a]
    assert store.rollback(tmp_path, by="bo", why="false alarms").version == a
    assert [entry.version for entry in history.champions(tmp_path)] == [a, b, a]


def test_a_damaged_champion_is_not_gone_back_to(tmp_path):
    a, b = promoted(tmp_path, 0, 1)
    (tmp_path / f"{a}.pickle").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match="holds 0 bytes"):
        store.rollback(tmp_path, by="bo", why="false alarms")
    assert store.read_champion(tmp_path).version == b


def test_who_comes_while_another_promotes_is_told_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.0)
    a, b = promoted(tmp_path, 0, 1)
    told = []

    def second():
        for action in (
            lambda **said: store.promote(tmp_path, a, **said),
            lambda **s: store.rollback(tmp_path, **s),
        ):
            try:
                action(by="bo", why="me too")
            except history.Busy as error:
                told.append(str(error))

    with history.alone(tmp_path, wait=0):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        store.promote(tmp_path, b, by="amy", why="the one who holds the lock")

    assert len(told) == 2
    assert all("Somebody else is promoting" in text for text in told)
    assert store.read_champion(tmp_path).by == "amy"
