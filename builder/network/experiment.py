"""A network, the random batch that is sent through it, and what a person calls what goes in and comes out: all that a link holds."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from builder.core.messages import Message
from builder.core.options import Frozen, option
from builder.network.inputs import Distribution
from builder.network.labels import Labels
from builder.network.spec import MAX_SEED, NetworkSpec

MAX_ROWS = 1000


class Batch(Frozen):
    """What is sent through the network: how many rows, drawn from what, with which seed."""

    rows: int = option(
        5, Message("Batch size"), Message("How many rows (examples) are sent through at once."), ge=1, le=MAX_ROWS
    )
    distribution: Distribution = option(
        "normal", Message("Input values"), Message("What the input numbers are drawn from.")
    )
    seed: int = option(
        0, Message("Input seed"), Message("The same seed always draws the same input."), ge=0, le=MAX_SEED
    )


class Experiment(Frozen):
    """A network with the batch that is sent through it."""

    network: NetworkSpec = NetworkSpec()
    batch: Batch = Batch()
    labels: Labels = Labels()

    @model_serializer(mode="wrap")
    def _without_empty(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without names it is written as if there could be none."""
        return {name: value for name, value in fields(self).items() if name != "labels" or self.labels.given}

    def with_network(self, network: NetworkSpec) -> Experiment:
        """The same batch, sent through `network`."""
        return self.model_copy(update={"network": network})

    def with_batch(self, batch: Batch) -> Experiment:
        """The same network, given `batch`."""
        return self.model_copy(update={"batch": batch})

    def with_labels(self, labels: Labels) -> Experiment:
        """The same with other names for features and classes."""
        return self.model_copy(update={"labels": labels})

    def redrawn(self) -> Experiment:
        """The same with other weights: those of the network's next seed. Raises `Refusal` where there is none."""
        return self.with_network(self.network.with_option("seed", self.network.seed + 1))

    @cached_property
    def text(self) -> str:
        """As of any value; a network that was not changed has its part ready."""
        labels = f',"labels":{self.labels.text}' if self.labels.given else ""
        return f'{{"network":{self.network.text},"batch":{self.batch.text}{labels}}}'
