"""The fitted model as MLflow serves it: notes in, probabilities out. MLflow runs this file; do not import it.

It stands on `classifier` and `models` alone, which are logged beside it, and on the store's three files:
nothing of them is unpickled before its checksum is right.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from classifier.terms import CATEGORIES
from models import store


class CallNotes(PythonModel):
    """A column `note` in; out a probability for each category and level, and the most probable level."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model from the logged files."""
        folder = Path(context.artifacts["store"])
        (card,) = folder.glob("*.json")
        self.model = store.load(folder, card.stem)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return one row a note."""
        categories, acuity = self.model.predict_proba(list(model_input["note"]))
        columns = [*CATEGORIES, *(f"acuity_{level}" for level in (1, 2, 3, 4))]
        frame = pd.DataFrame([*map(list, zip(*categories.T, *acuity.T, strict=True))], columns=columns)
        frame["acuity"] = self.model.acuity(acuity)
        return frame


set_model(CallNotes())
