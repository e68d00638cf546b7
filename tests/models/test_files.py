"""A file is there whole, or it is as it was before."""

import pytest

from models import files


def test_a_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "out"
    with files.replacing(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"


def write_half(path, error):
    with files.replacing(path) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("before", [None, b"before"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_changes_nothing_and_leaves_nothing(tmp_path, before, error):
    path = tmp_path / "out"
    if before is not None:
        path.write_bytes(before)

    with pytest.raises(error):
        write_half(path, error)

    assert [entry.name for entry in tmp_path.iterdir()] == ([] if before is None else ["out"])
    assert before is None or path.read_bytes() == before


def test_the_file_may_be_read_by_whom_the_user_lets_read_files(tmp_path):
    files.write(tmp_path / "out", b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode
