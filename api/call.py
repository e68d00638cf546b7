"""A call note together with what the service, and only it, is told of the call."""

from typing import Annotated

from pydantic import Field

from api.record.events import Caution, Code, Name
from classifier.request import Request


class Call(Request):
    """A note to read, and what else the record keeps of its call.

    Parameters
    ----------
    incident_id : str, optional
        Links calls about the same thing: the gravest danger of any of them counts for all.
    units : list of str, optional
        The units on their way; from the first on, a new danger raises an alert. Not given: as it was.
    cautions : list of Caution, optional
        What is known of premise and people.
    shown_to : str, optional
        The telecommunicator or the desk at whose screen it is.
    """

    call_id: Name | None = None
    incident_id: Name | None = None
    units: Annotated[tuple[Code, ...], Field(max_length=50)] | None = None
    cautions: Annotated[tuple[Caution, ...], Field(max_length=50)] | None = None
    shown_to: Name | None = None
