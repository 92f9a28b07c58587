"""What a network can learn from, without internet: made points and sequences, what scikit-learn brings along, a file."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.messages import Message
from builder.core.options import Refusal, resolver
from builder.training.data import bundled, sequences, toys
from builder.training.data.base import DATA, Aim, Data, Dataset, carried_out
from builder.training.data.table import Sheet, Table, inspected, load_table

__all__ = [
    "DATA",
    "Aim",
    "AnyData",
    "Data",
    "Dataset",
    "Sheet",
    "Table",
    "bundled",
    "carried_out",
    "inspected",
    "load",
    "load_table",
    "sequences",
    "toys",
]

AnyData = Annotated[SerializeAsAny[Data], BeforeValidator(resolver({**DATA, Table.kind: Table}))]


@lru_cache(maxsize=16)
def load(data: Data) -> Dataset:
    """The tensors that `data` stands for. Its rows are shared: nobody may write into them. Raises `Refusal` for a file."""
    if data.needs_file:
        raise Refusal(Message("Open the file again: a link holds its fingerprint alone."))
    x, y = carried_out(data.call())
    return Dataset(data, x, y, *data.names(x, y))
