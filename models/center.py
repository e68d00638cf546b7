"""What a center keeps of its own beside the champion: rules laid over Heartline's, its policy, its rates."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from classifier import yamlfile
from classifier.policy import ResponsePolicy, default_policy
from classifier.rules import SafetyRules, check, default_rules
from classifier.terms import Category
from classifier.yamlfile import FileError


def rules(data_dir: Path) -> SafetyRules:
    """Return the safety rules, with those in the data directory's folder `rules` laid over them.

    Parameters
    ----------
    data_dir : Path
        The center's data directory.

    Raises
    ------
    FileError
        If a file does not have the form, or a rule fails on its own sentences; names file and rule.
    """
    folder = data_dir / "rules"
    if not folder.is_dir():
        return default_rules()
    loaded = SafetyRules.load(folder)
    if problems := check(loaded):
        raise FileError("\n".join(problems))
    return loaded


def policy(data_dir: Path) -> ResponsePolicy:
    """Return the policy of the data directory's `policy/policy.yaml`, else Durham's.

    Parameters
    ----------
    data_dir : Path
        The center's data directory.

    Raises
    ------
    FileError
        If the policy or its polygons cannot be used; names the file and the line.
    """
    path = data_dir / "policy" / "policy.yaml"
    return ResponsePolicy.load(path) if path.exists() else default_policy()


def rates(data_dir: Path) -> dict[Category, float]:
    """Return how frequent each category is at the center, from the data directory's `rates/rates.yaml`.

    Parameters
    ----------
    data_dir : Path
        The center's data directory.

    Returns
    -------
    dict of category to float
        Empty where there is no such file: probabilities are then those of the corpus, which is richer in
        danger than a real day.

    Raises
    ------
    FileError
        If a name is no category or a rate is not between 0 and 1; names the line.
    """
    path = data_dir / "rates" / "rates.yaml"
    return yamlfile.load(path, _Rates).root if path.exists() else {}


class _Rates(RootModel[dict[Category, Annotated[float, Field(gt=0, lt=1)]]]):
    pass
