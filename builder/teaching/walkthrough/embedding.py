"""Tables of vectors: which number of which vector it is, or is added."""

from __future__ import annotations

from torch import Tensor, nn

from builder.core.arithmetic import stated
from builder.core.numerals import brief
from builder.layers.embedding import ClassToken, Embedding, LearnedPositions, SegmentEmbedding
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place, written
from builder.teaching.walkthrough.notation import joined


@written.register
def _(layer: Embedding, own: nn.Module, activation: Activation, at: Place) -> str:
    return f"E[{int(activation.input[at[0]])}, {at[-1] + 1}] = {brief(float(activation.output[at]))}"


@written.register
def _(layer: ClassToken, own: nn.Module, activation: Activation, at: Place) -> str:
    source = f"c[{at[-1] + 1}]" if at[0] == 0 else f"x[{at[0]}, {at[-1] + 1}]"
    return f"{source} = {brief(float(activation.output[at]))}"


@written.register
def _(layer: LearnedPositions, own: nn.Module, activation: Activation, at: Place) -> str:
    return _added(own.get_parameter("weight")[at[0]], activation, at)


@written.register
def _(layer: SegmentEmbedding, own: nn.Module, activation: Activation, at: Place) -> str:
    return _added(own.get_parameter("weight")[0], activation, at)


def _added(vector: Tensor, activation: Activation, at: Place) -> str:
    values = [float(activation.input[at]), float(vector.detach()[at[-1]])]
    return stated(joined("+", values), float(activation.output[at]))
