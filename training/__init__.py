"""Learning from labeled call notes: corpus, fitting, evaluation, the MLflow lifecycle."""


class Unusable(ValueError):
    """What was given cannot be used; the message says why, and what to do."""
