"""What a center keeps of its own beside the champion: rules laid over Heartline's, and its policy."""

from pathlib import Path

from classifier.policy import ResponsePolicy, default_policy
from classifier.rules import SafetyRules, check, default_rules
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
