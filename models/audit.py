"""Unpickling that builds a fitted model and nothing else: each name in a file is looked at before its use."""

import io
import pickle  # every name a file asks for passes `_Auditor.find_class`  # nosec B403
from types import FunctionType
from typing import Any, Final

CLASSES_OF: Final = ("sklearn", "scipy.sparse", "scipy.interpolate", "classifier")
"""Packages whose classes may be built: estimators, sparse matrices, interpolators, and our own."""

FUNCTIONS_OF: Final = ("classifier",)
"""Packages whose plain functions may be named: a vectorizer holds its analyzer by name."""

NAMES: Final = frozenset(
    {
        "builtins.bytearray",
        "builtins.complex",
        "builtins.frozenset",
        "builtins.range",
        "builtins.set",
        "builtins.slice",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
        "numpy.dtype",
        "numpy.ndarray",
        "numpy._core.multiarray._reconstruct",
        "numpy._core.multiarray.scalar",
        "numpy._core.numeric._frombuffer",
        "numpy.random._mt19937.MT19937",
        "numpy.random._pcg64.PCG64",
        "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._pickle.__generator_ctor",
        "numpy.random._pickle.__randomstate_ctor",
        "numpy.random.bit_generator.SeedSequence",
        "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
        "re._compile",
        *(f"numpy.{kind}{bits}" for kind in ("int", "uint", "float") for bits in (16, 32, 64)),
        *("numpy.bool", "numpy.int8", "numpy.uint8", "numpy.str_"),
    }
)
"""Single names beyond those packages. NumPy and the standard library are not trusted wholesale: both hold
functions that run text as code."""


class Refused(Exception):
    """A file names something that is no part of a fitted model."""


def loads(content: bytes) -> Any:
    """Unpickle `content`, refusing any name that a fitted model has no use for.

    Parameters
    ----------
    content : bytes
        A pickle, as written by `dumps`.

    Returns
    -------
    object
        What was pickled.

    Raises
    ------
    Refused
        On the first name outside the lists above; it has been neither imported nor called.
    """
    return _Auditor(io.BytesIO(content)).load()


def dumps(model: object) -> bytes:
    """Pickle `model`, having made sure that `loads` will take it back.

    Parameters
    ----------
    model : object
        A fitted model.

    Returns
    -------
    bytes
        One self-contained pickle; arrays lie inside it.

    Raises
    ------
    Refused
        If the model holds something that `loads` refuses.
    """
    content = pickle.dumps(model, protocol=5)
    loads(content)
    return content


class _Auditor(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}"
        if full in NAMES:
            return super().find_class(module, name)
        # A dotted name would walk from a harmless module to whatever that module has imported.
        if "." not in name and _within(module, CLASSES_OF):
            found = super().find_class(module, name)
            if _is_wanted(found, module):
                return found
        raise Refused(f"names {full}, which is no part of a fitted model")


def _is_wanted(found: object, module: str) -> bool:
    if isinstance(found, FunctionType):
        return found.__module__ == module and _within(module, FUNCTIONS_OF)
    return isinstance(found, type) and found.__module__ == module


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
