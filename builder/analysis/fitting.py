"""Which weights fit which activation and which width its neighbours, where in a plan they meet. `advice` puts it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from builder import initializers as init
from builder.analysis.flow import OUTPUT, Same, depth, flow_of
from builder.initializers import Initializer, KaimingNormal, KaimingUniform, XavierNormal, XavierUniform
from builder.layers import Layer
from builder.layers.activations import LeakyReLU, PReLU, ReLU, ReLU6, RReLU, Sigmoid, Softsign, Tanh
from builder.layers.linear import Linear
from builder.layers.shapes import numel
from builder.network.plan import Plan
from builder.network.step import Step

PASSING = ("shape", "regularization", "pooling")  # families that calculate nothing new, in evaluation
SQUASHING = (Sigmoid, Tanh, Softsign)  # the three of Glorot & Bengio 2010
RECTIFIERS = (ReLU, ReLU6, LeakyReLU, PReLU, RReLU)  # He et al. 2015; torch has no gain for smooth kin such as GELU
STEEP = 0.5  # a rectifier whose slope left of zero is more than that is nearer to a straight line
WIDEST = 64  # neurons that a narrow layer is given at most


@dataclass(frozen=True)
class Dense:
    """A layer with weights, and what follows before the next one: the first activation, and whether there is normalization."""

    step: Step
    weights: Initializer
    activation: Step | None
    normalized: bool
    hidden: bool

    @property
    def path(self) -> str:
        return self.step.path

    @property
    def neurons(self) -> int:
        return self.step.parameter_shapes["weight"][0]

    @property
    def alike(self) -> bool:
        """Is it hidden, with neurons that nothing tells from each other?"""
        return self.hidden and self.neurons > 1 and self._all_equal()

    def _all_equal(self) -> bool:
        """Does the initializer fill the weights with one number?"""
        if isinstance(self.weights, init.Sparse):  # how many of a column are set to zero
            return self.weights.std == 0 or ceil(self.weights.sparsity * self.neurons) >= self.neurons
        return is_constant(self.weights)


def is_constant(weights: Initializer) -> bool:
    """Does the initializer fill any parameter with one number?"""
    match weights:
        case init.Zeros() | init.Ones() | init.Constant() | init.Normal(std=0):
            return True
        case XavierUniform(gain=0) | XavierNormal(gain=0) | init.Orthogonal(gain=0):
            return True
    return False


def dense_layers(plan: Plan) -> list[Dense]:
    """The layers with weights, in their order; `hidden` are those behind which there is another, on any way to the output."""
    return list(_dense_layers(Same(plan)))


@lru_cache(maxsize=8)  # every rule asks for them
def _dense_layers(same: Same) -> tuple[Dense, ...]:
    plan = same.plan
    weighted = [(step, weights) for step in plan.steps if (weights := weights_of(step.layer)) is not None]
    if plan.problem is not None:  # what does not fit has no flow
        return tuple(Dense(step, weights, None, False, step is not weighted[-1][0]) for step, weights in weighted)
    return tuple(_followed(plan, step, weights) for step, weights in weighted)


def _followed(plan: Plan, dense: Step, weights: Initializer) -> Dense:
    """The layer with what stands behind it as the data flows; what stands in a block comes before what is behind that block."""

    def step(path: str) -> Step | None:
        return None if path in plan.blocks else plan.step(path)

    def passing(path: str) -> bool:
        return path in plan.blocks or (
            (at := step(path)) is not None and at.layer.family in (*PASSING, "normalization")
        )

    def unweighted(path: str) -> bool:
        if (at := step(path)) is not None and at.layer.family == "normalization":
            normalizations.append(path)
        return path in plan.blocks or (at is not None and weights_of(at.layer) is None)

    normalizations: list[str] = []
    flow = flow_of(plan)
    first = [at for path in flow.beyond(dense.path, passing) if (at := step(path)) is not None]
    activations = [at for at in first if at.layer.family == "activation"]
    alike = len(activations) == len(first) and len({type(at.layer) for at in activations}) == 1
    behind = [path for path in flow.beyond(dense.path, unweighted) if path != OUTPUT]
    return Dense(dense, weights, activations[0] if alike else None, bool(normalizations), hidden=bool(behind))


def is_hidden(plan: Plan, path: str) -> bool:
    """Is there, on any way from the layer at `path` to the output, another that learns?"""

    def learns_nothing(node: str) -> bool:
        step = plan.step(node)
        return node != OUTPUT and (node in plan.blocks or step is None or not step.layer.initial())

    return any(node != OUTPUT for node in flow_of(plan).beyond(path, learns_nothing))


def weights_of(layer: Layer) -> Initializer | None:
    """How the weights of a dense or convolutional layer start out; None for any other layer."""
    return layer.initial().get("weight") if layer.family in ("dense", "convolution") else None


def computing(plan: Plan) -> list[Step]:
    """The steps that change numbers in evaluation."""
    return [step for step in plan.steps if step.layer.family not in PASSING]


def feeding(plan: Plan, *kinds: type[Layer]) -> list[tuple[Dense, Step]]:
    """Each layer with weights before an activation of `kinds`, with that; not where normalization rescales the numbers anyway."""
    found = ((dense, dense.activation) for dense in dense_layers(plan) if not dense.normalized)
    return [(dense, step) for dense, step in found if step is not None and isinstance(step.layer, kinds)]


def halves(step: Step) -> bool:
    """Does this activation cut off about half of the signal?"""
    return isinstance(step.layer, RECTIFIERS) and abs(_slope(step.layer)) <= STEEP


def _slope(rectifier: Layer) -> float:
    """Its slope left of zero, at the start and on average."""
    match rectifier:
        case LeakyReLU():
            return rectifier.negative_slope
        case PReLU():
            return rectifier.init
        case RReLU():
            return (rectifier.lower + rectifier.upper) / 2
    return 0.0


def keeps(weights: Initializer) -> bool:
    """Are they Xavier weights that leave the signal as large as it is? (A gain above 1 makes up for a loss.)"""
    return isinstance(weights, XavierUniform | XavierNormal) and weights.gain <= 1


def enlarges(weights: Initializer) -> bool:
    """Are they He weights with a rectifier's gain? (With `a` of 1 or more the gain is 1 or less.)"""
    return isinstance(weights, KaimingUniform | KaimingNormal) and (
        weights.nonlinearity == "relu" or (weights.nonlinearity == "leaky_relu" and abs(weights.a) < 1)
    )


def as_he(weights: Initializer, rectifier: Step) -> Initializer:
    """He weights for `rectifier`, drawn from the same kind of distribution as `weights`."""
    drawn = KaimingUniform if isinstance(weights, XavierUniform) else KaimingNormal
    return drawn(a=_slope(rectifier.layer))


def as_xavier(weights: Initializer) -> Initializer:
    """Xavier weights, drawn from the same kind of distribution as `weights`."""
    return XavierNormal() if isinstance(weights, KaimingNormal) else XavierUniform()


def usual(dense: Dense) -> Initializer:
    """The random weights that one usually starts with before the activation of `dense`."""
    if dense.activation is not None and halves(dense.activation):
        return as_he(init.Default(), dense.activation)
    squashed = dense.activation is not None and isinstance(dense.activation.layer, SQUASHING)
    return XavierUniform() if squashed else init.Default()


def narrow(plan: Plan) -> dict[str, int]:
    """The hidden layers of one neuron, with the narrower of the nearest widths above 1: that on either side of each."""
    layers = dense_layers(plan)
    widths = [numel(plan.input_shape), *(dense.neurons for dense in layers)]
    before, behind = _above_one(widths), _above_one(widths[::-1])[::-1]
    return {
        dense.path: min(width for width in (*sides, WIDEST) if width > 1)
        for dense, *sides in zip(layers, before[1:], behind[1:], strict=True)
        if isinstance(dense.step.layer, Linear)
        and numel(dense.step.output_shape) == 1
        and dense.hidden
        and sides != [1, 1]
        if depth(plan, {dense.path})  # there is no way around it
    }


def _above_one(widths: Sequence[int]) -> list[int]:
    """For each width the last one above 1 so far; 1 if there is none."""
    found = [1]
    for width in widths:
        found.append(width if width > 1 else found[-1])
    return found[1:]
