"""What stands beside a fitted model: its card, and the pointer to the one that answers."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models import files

SCHEMA: Final = 1
"""The newest form of card and pointer that this Heartline knows."""

Version = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ModelUnavailable(Exception):
    """There is no model to answer with; the message says why, in a sentence, and what to do."""


class Card(BaseModel):
    """What is known of a saved model without opening it.

    Parameters
    ----------
    version : str
        First twelve digits of the checksum; also the name of the model's files.
    sha256 : str
        Checksum of the model file.
    size : int
        Its length in bytes.
    created : datetime
        When it was saved, in UTC.
    heartline, python, numpy, scikit_learn : str
        The versions it was fit with.
    about : dict
        What the one who fit it says of it: the data, the rules, the figures. Plain JSON.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    form: Annotated[int, Field(alias="schema", ge=1, le=SCHEMA)] = SCHEMA
    version: Version
    sha256: Checksum
    size: int
    created: datetime
    heartline: str
    python: str
    numpy: str
    scikit_learn: str
    about: dict[str, Any]


class Champion(BaseModel):
    """Which model answers, and who made it so, why and when.

    Parameters
    ----------
    version, sha256, file : str
        The model.
    by, why, at : str, str, datetime
        Who made it the champion, for what reason, when.
    action : str
        Whether it was promoted, or came back by a rollback.
    before : str, optional
        The version that answered before it.
    override : str, optional
        For what reason it was promoted although gates refused it.
    failed : tuple of str
        The gates that were overridden.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    form: Annotated[int, Field(alias="schema", ge=1, le=SCHEMA)] = SCHEMA
    version: Version
    sha256: Checksum
    file: Annotated[str, Field(pattern=r"^[0-9a-f]{12}\.pickle$")]
    by: str
    why: str
    at: datetime
    action: Literal["promoted", "rolled back"] = "promoted"
    before: Version | None = None
    override: str | None = None
    failed: tuple[str, ...] = ()


Form = TypeVar("Form", Card, Champion)


def write(path: Path, form: Card | Champion) -> None:
    """Write a card or a pointer as readable JSON, whole or not at all."""
    files.write(path, form.model_dump_json(by_alias=True, indent=2).encode() + b"\n")


def read(path: Path, form: type[Form], remedy: str) -> Form:
    """Read a card or a pointer.

    Parameters
    ----------
    path : Path
        The file.
    form : type
        `Card` or `Champion`.
    remedy : str
        What to do if it cannot be read: the last sentence of the error.

    Returns
    -------
    Card or Champion

    Raises
    ------
    ModelUnavailable
        If the file is missing, half written, of a newer schema, or lacks something.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelUnavailable(f"{path} is missing. {remedy}") from None
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}. {remedy}") from None
    except ValueError:
        raise ModelUnavailable(f"{path} is no JSON; it may be half written. {remedy}") from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise ModelUnavailable(
            f"{path} has schema {schema}, and this Heartline knows up to {SCHEMA}. Update Heartline."
        )
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "its content"
        raise ModelUnavailable(f"{path}: {field}: {first['msg']}. {remedy}") from None
