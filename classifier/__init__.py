"""What a call note says and what to suggest for it. Pure: no network, no database."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.recommender import Recommender

__all__ = ["Recommender"]


def __getattr__(name: str) -> Any:
    """Import the recommender when it is asked for: a form or a vocabulary alone must not cost its second."""
    if name == "Recommender":
        from classifier.recommender import Recommender

        return Recommender
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
