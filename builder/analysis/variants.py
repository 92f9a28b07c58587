"""The same network otherwise: with other weights, another activation, or another depth; each a spec."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf, sqrt

from builder import initializers as init
from builder.analysis import fitting
from builder.analysis.fitting import dense_layers
from builder.initializers import Initializer, KaimingNormal, Orthogonal
from builder.layers import Layer, free_name
from builder.layers.activations import ReLU
from builder.layers.blocks import Block, Branches
from builder.layers.shapes import Shape
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step

RELU_GAIN = sqrt(2)  # makes up for the half that ReLU sets to zero (He et al. 2015)
SQUASHED_GAIN = 1.1  # a little above 1, for a squashing curve bends away from its tangent at zero


def with_initializer(plan: Plan, weights: Initializer) -> NetworkSpec:
    """With `weights` in every layer that has weights."""
    return _with_weights(plan.spec, {dense.path: weights for dense in dense_layers(plan)})


def with_activation(plan: Plan, kind: type[Layer]) -> NetworkSpec:
    """With an activation of `kind` behind each hidden layer, in the place of the one that is there.

    Raises `Refusal` where these are too many layers.
    """
    spec, hidden = plan.spec, [dense for dense in dense_layers(plan) if dense.hidden]
    placed = {dense.path: dense.activation.path for dense in hidden if dense.activation}
    taken = {path.rpartition(".")[2] for path in spec.paths}
    added: dict[str, tuple[Layer, ...]] = {}
    for dense in hidden:
        if dense.path not in placed and not _is_branch(spec, dense.path):
            name = free_name(kind.stem(), taken)
            taken.add(name)
            added[dense.path] = (spec.layer(dense.path), kind(name=name))
    return spec.swapped(kind, *placed.values()).exchanged(added)


def _is_branch(spec: NetworkSpec, path: str) -> bool:
    """Is the layer at `path` a whole branch, so that what is put behind it would be another?"""
    outer = path.rpartition(".")[0]
    return bool(outer) and isinstance(spec.layer(outer), Branches)


def with_factor(plan: Plan, factor: float) -> NetworkSpec:
    """With every layer's weights `factor` times as large: drawn from the same distribution, stretched. `factor` is positive.

    Raises `Refusal` where an option would leave its bounds.
    """
    if factor == 1:
        return plan.spec
    layers = dense_layers(plan)
    made = {dense.path: scaled(dense.weights, dense.step.parameter_shapes["weight"], factor) for dense in layers}
    return _with_weights(plan.spec, made)


def with_depth(spec: NetworkSpec, hidden: int) -> NetworkSpec:
    """With `hidden` hidden layers: the last ones cut off, or the last one repeated with all that follows it.

    A group counts as one layer. Without a hidden layer nothing can be repeated, and the network stays as it is.
    """
    blocks = _blocks(spec)
    if hidden < 1 or len(blocks) < 3:
        return spec
    head, *inner, tail = blocks
    taken, layers = set(spec.paths), [*head, *(layer for block in inner[:hidden] for layer in block)]
    for _ in range(hidden - len(inner)):
        for layer in inner[-1]:
            name = free_name(type(layer).stem(), taken)
            taken.add(name)
            layers.append(layer.with_option("name", name))
    return spec.with_layers((*layers, *tail))


def hidden_depth(spec: NetworkSpec) -> int:
    """How many hidden layers `with_depth` counts; 0 if there is none to repeat."""
    return max(0, len(_blocks(spec)) - 2)


def fitted(plan: Plan) -> NetworkSpec:
    """With the usual weights for each layer's activation; where there is no usual choice, of variance 1 / fan_in (LeCun 1998)."""
    usual = {dense.path: fitting.usual(dense) for dense in dense_layers(plan)}
    linear = KaimingNormal(nonlinearity="linear")
    made = {path: linear if weights == init.Default() else weights for path, weights in usual.items()}
    return _with_weights(plan.spec, made)


def rectified(plan: Plan) -> Plan:
    """With ReLU behind each hidden layer. Raises `Refusal` where these are too many layers."""
    return make_plan(with_activation(plan, ReLU))


def rotating(plan: Plan) -> NetworkSpec:
    """With orthogonal weights (Saxe et al. 2013), as large as each layer's activation needs them, and biases of zero."""
    made: dict[str, tuple[Layer, ...]] = {}
    for dense in dense_layers(plan):
        layer = plan.spec.layer(dense.path).with_option("weight_init", Orthogonal(gain=_making_up(dense.activation)))
        made[dense.path] = (layer.with_option("bias_init", init.Zeros()),)
    return plan.spec.exchanged(made)


def remembering(plan: Plan) -> NetworkSpec:
    """`fitted`, and with orthogonal recurrent weights: the state is turned from step to step, and as long as it was (Saxe et al. 2013)."""
    spec = fitted(plan)
    recurrent = [step.path for step in plan.steps if step.layer.family == "recurrent"]
    turned = {path: (spec.layer(path).with_option("recurrent_init", Orthogonal()),) for path in recurrent}
    return spec.exchanged(turned)


def _making_up(activation: Step | None) -> float:
    """The gain that makes up for what `activation` takes from the signal."""
    if activation is None:
        return 1.0
    if fitting.halves(activation):
        return RELU_GAIN
    return SQUASHED_GAIN if isinstance(activation.layer, fitting.SQUASHING) else 1.0


def scaled(weights: Initializer, shape: Shape, factor: float) -> Initializer:
    """What draws `factor` times what `weights` draws for a parameter of `shape`. The identity matrix has no such thing."""
    match weights:
        case init.XavierUniform() | init.XavierNormal() | Orthogonal():
            return weights.with_option("gain", factor * weights.gain)
        case init.Uniform() | init.Normal() | init.TruncNormal() | init.Sparse() | init.Constant():
            lengths = {"a", "b", "mean", "std", "val"} & set(type(weights).model_fields)
            return weights.checked({**dict(weights), **{name: factor * getattr(weights, name) for name in lengths}})
        case init.Ones():
            return init.Constant(val=factor)
        case init.Default() | init.KaimingUniform() | KaimingNormal():
            drawn = weights.derive(shape, shape).distribution
            low, high = drawn.bounds
            return init.Normal(std=factor * drawn.std) if isinf(high) else init.Uniform(a=factor * low, b=factor * high)
    return weights


def _with_weights(spec: NetworkSpec, weights: Mapping[str, Initializer]) -> NetworkSpec:
    made: dict[str, tuple[Layer, ...]] = {}
    for path, new in weights.items():
        layer = spec.layer(path)
        if isinstance(suiting := _suiting(layer, new), Initializer):
            made[path] = (layer.with_option("weight_init", suiting),)
    return spec.exchanged(made)


def _suiting(layer: Layer, weights: Initializer) -> Initializer | None:
    """`weights`, if `layer` can be filled with them; of an identity matrix the convolution that does the same, and back."""
    among = init.registry_of(type(layer), "weight_init")
    if weights.kind in among:
        return weights
    if isinstance(weights, init.Eye | init.Dirac):
        return init.Dirac() if "dirac_" in among else init.Eye() if "eye_" in among else None
    return None


def _blocks(spec: NetworkSpec) -> list[tuple[Layer, ...]]:
    """What comes before the first layer with weights, then each such layer with what follows it."""
    blocks: list[tuple[Layer, ...]] = [()]
    for layer in spec.layers:
        if _has_weights(layer):
            blocks.append((layer,))
        else:
            blocks[-1] += (layer,)
    return blocks


def _has_weights(layer: Layer) -> bool:
    if isinstance(layer, Block):
        return any(map(_has_weights, layer.layers))
    return fitting.weights_of(layer) is not None
