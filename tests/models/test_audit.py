"""Unpickling builds what a fitted model is made of, and names what it refuses."""

import pickle
from collections import Counter, OrderedDict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline

from models import audit

NOTES = ["male with knife at door", "female sleeping in lobby"] * 4


class Calls:
    """Pickles to a call of any function with any arguments."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Stack:
    """Writes by hand what no pickler would: a global of any module and name."""

    def __init__(self, module: str, name: str):
        self.content = b"".join(
            (pickle.PROTO + b"\x05", *(self.text(word) for word in (module, name)), pickle.STACK_GLOBAL, b".")
        )

    @staticmethod
    def text(word: str) -> bytes:
        return pickle.SHORT_BINUNICODE + bytes([len(word)]) + word.encode()


def test_a_text_pipeline_comes_back_and_predicts_the_same():
    union = FeatureUnion([("words", TfidfVectorizer()), ("letters", TfidfVectorizer(analyzer="char_wb"))])
    model = make_pipeline(union, LogisticRegression()).fit(NOTES, [1, 0] * 4)

    back = audit.loads(audit.dumps(model))

    np.testing.assert_array_equal(back.predict_proba(NOTES), model.predict_proba(NOTES))


@pytest.mark.parametrize(
    "value",
    [
        np.float64(0.5),
        np.int64(3),
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.eye(3)),
        np.array(["gun", None], dtype=object),
        np.array(["gun", "knife"]),
        np.random.default_rng(0),
        np.random.RandomState(0),
        scipy.sparse.csr_array(np.eye(3)),
        {"a": (1, 2.5, None, True, b"x", 1j), "b": [frozenset({1}), {2}, slice(1, 2), range(3)]},
        OrderedDict(a=1),
        Counter("abc"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_data_and_arrays_come_back(value):
    assert type(audit.loads(audit.dumps(value))) is type(value)


@pytest.mark.parametrize(
    ("bomb", "named"),
    [
        (Calls(print, "boom"), "builtins.print"),
        (Calls(eval, "1 + 1"), "builtins.eval"),
        (Calls(getattr, "boom", "upper"), "builtins.getattr"),
        (Calls(Path, "boom"), "pathlib.Path"),
        (Calls(pickle.loads, b"N."), "_pickle.loads"),
        (Calls(partial, print, "boom"), "functools.partial"),
        (Calls(np.load, "boom.npy"), "numpy.load"),
        (np.array([Calls(print, "boom")], dtype=object), "builtins.print"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_call_of_anything_else_is_refused_by_name_and_not_made(bomb, named, capsys):
    with pytest.raises(audit.Refused, match=f"names {named}, which is no part of a fitted model"):
        audit.loads(pickle.dumps(bomb, protocol=5))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("antigravity", "webbrowser"),  # would open a browser if it were only imported
        ("sklearn.base", "warnings"),  # a module that scikit-learn happens to import
        ("sklearn.base", "inspect.builtins.eval"),  # a walk through it
        ("sklearn.datasets", "load_files"),  # a function of scikit-learn that reads the disk
        ("sklearn.utils.fixes", "np"),
        ("sklearnish", "Estimator"),
        ("classifier.request", "BaseModel"),  # a class, but not of the classifier
        ("models.files", "write"),
    ],
)
def test_a_name_outside_the_lists_is_refused(module, name):
    with pytest.raises(audit.Refused, match="which is no part of a fitted model"):
        audit.loads(Stack(module, name).content)


def test_what_would_be_refused_is_not_written_either():
    with pytest.raises(audit.Refused, match=r"names pathlib\.PosixPath"):
        audit.dumps(LogisticRegression(C=Path("x")))
