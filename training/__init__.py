"""Learning from labeled call notes: corpus, fitting, evaluation, the MLflow lifecycle."""
