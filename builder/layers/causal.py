"""A convolution along time that never looks ahead."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from builder.core.messages import Message
from builder.layers.convolution import Conv
from builder.layers.signature import FromShape, Signature


class CausalConv1d(Conv):
    kind = "CausalConv1d"
    torch_class = "CausalConv1d"
    signature = Signature(FromShape(0), "out_channels", kernel_size="kernel_size")
    words = {}
    keeping = {}
    axes = 1
    ranks = (2,)
    label = Message("Causal Conv1d (channels × length)")
    summary = Message(
        "A Conv1d that looks back only: all of its padding stands before the first step, so that the length stays and no step "
        "sees those behind it (van den Oord et al. 2016, “WaveNet”)."
    )
    formula = "yₜ = b + Σₖ wₖ xₜ₋ₖ"

    # All zeros stand before the first step, as many as it takes: there is nothing to choose.
    padding: Literal[0] = Field(0, exclude=True)
    same: Literal[False] = Field(False, exclude=True)
    padding_mode: Literal["zeros"] = Field("zeros", exclude=True)

    @classmethod
    def stem(cls) -> str:
        return "conv"

    @property
    def borders(self) -> tuple[tuple[int, int], ...]:
        return ((self.reach[0] - 1, 0),)

    @property
    def copied(self) -> tuple[tuple[int, int], ...]:
        return self.borders
