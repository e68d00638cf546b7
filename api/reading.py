"""Reading the record for a request: in a thread, and 503 where it does not answer."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from api.posting import unreadable
from api.record import RecordUnavailable
from api.record.store import Store
from api.recording import record_of

PATIENCE = 5.0
Found = TypeVar("Found")


async def read(request: Request, what: Callable[..., Found], *arguments: Any, **more: Any) -> Found:
    """Return what a function finds in the store of the request's record.

    Raises
    ------
    Problem
        503 if the database fails, or takes longer than anybody at a desk would wait.
    """
    store: Store = record_of(request).store
    try:
        with anyio.fail_after(PATIENCE):
            return await anyio.to_thread.run_sync(
                partial(what, store, *arguments, **more), abandon_on_cancel=True
            )
    except (SQLAlchemyError, RecordUnavailable, TimeoutError, OSError):
        raise unreadable() from None
