"""What a network can learn from, without internet: made points and sequences, and what scikit-learn brings along."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.options import resolver
from builder.training.data import bundled, sequences, toys
from builder.training.data.base import DATA, Aim, Data, Dataset, carried_out

__all__ = ["DATA", "Aim", "AnyData", "Data", "Dataset", "bundled", "carried_out", "load", "sequences", "toys"]

AnyData = Annotated[SerializeAsAny[Data], BeforeValidator(resolver(DATA))]


@lru_cache(maxsize=16)
def load(data: Data) -> Dataset:
    """The tensors that `data` stands for. Its rows are shared: nobody may write into them."""
    x, y = carried_out(data.call())
    return Dataset(data, x, y, *data.names(x, y))
