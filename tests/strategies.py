"""Hypothesis strategies for experiments that are valid by construction, from the registries themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotated_types import Ge, Le
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from builder.core.options import Frozen, Option, Refusal, Several, options_of
from builder.initializers import Initializer, registry_of
from builder.layers import LAYERS, Layer, Shape
from builder.layers import kinds as all_kinds
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual
from builder.layers.embedding import Embedding
from builder.layers.linear import TiedLinear
from builder.layers.merges import Merge, MergeKind
from builder.layers.shape import Unflatten
from builder.layers.shapes import TokenShape, numel
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import INPUTS, Distribution, Features, Image, Input, Tokens
from builder.network.inputs import Sequence as InputSequence
from builder.network.spec import NetworkSpec
from builder.zoo.presets import FIRST_STEPS, PRESETS

FIRST = [key for key, preset in PRESETS.items() if preset.heading == FIRST_STEPS]  # small ones, made for learning
SIZES = st.integers(1, 9) | st.sampled_from([16, 33])
SEEDS = st.integers(0, 2**53 - 1)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}[0-9]", fullmatch=True) | st.sampled_from(
    ["out", "线性1", "x", "self_", "F", "match"]
)


def options(kind: type[Any], option: Option) -> SearchStrategy[Any]:
    """Values for one option inside its bounds."""
    if option.choices:
        return st.sampled_from(option.choices)
    if option.type is bool:
        return st.booleans()
    if option.type == Several:
        number = st.integers(1, 3) if _multiplies(kind, option) else SIZES
        if kind.kind == "Permute":
            return st.permutations([1, 2, 3]).map(tuple) | st.permutations([1, 2]).map(tuple)
        if kind.kind == "Reshape":
            return number | st.just(-1) | st.lists(number | st.just(-1), min_size=1, max_size=4).map(tuple)
        return number | st.tuples(*[number] * getattr(kind, "axes", 4))
    if option.type is int:
        return st.integers(1, 3) if option.name == "num_layers" or _multiplies(kind, option) else SIZES
    if option.type is float:
        limits = {type(m): m for m in kind.model_fields[option.name].metadata}
        low, high = limits[Ge].ge, limits[Le].le
        return st.floats(low, high, allow_nan=False) | st.just(option.default)
    return initializers(registry_of(kind, option.name))


def _multiplies(kind: type[Any], option: Option) -> bool:
    """Does this option make a small shape many times as large?"""
    widening = ("stride", "dilation", "kernel_size") if kind.kind == "ConvTranspose3d" else ("stride", "dilation")
    return kind.kind.startswith("ConvTranspose") and option.name in widening


SIDES = st.integers(1, 9)


def shapes(kind: type[Layer], ranks: Sequence[int] = ()) -> SearchStrategy[Shape]:
    """Small shapes with as many axes as `kind` takes, or one of `ranks`."""
    if kind is LAYERS["Embedding"]:
        return st.builds(lambda length, words: TokenShape((length,), words), SIDES, st.integers(1, 40))
    even = st.integers(1, 6).map(lambda n: 4 * n)
    return st.sampled_from(ranks or kind.ranks or (1, 2, 3)).flatmap(
        lambda rank: st.tuples(even | SIDES, *[SIDES | even] * (rank - 1))
    )


def usual_shape(kind: type[Layer]) -> Shape:
    """A shape that a new layer of `kind` takes."""
    if kind is LAYERS["Embedding"]:
        return TokenShape((5,), 7)
    if kind is LAYERS["Squeeze"]:
        return (1, 8)
    rank = kind.ranks[0] if kind.ranks else 1
    return {1: (1,) if kind is LAYERS["Unflatten"] else (8,), 2: (8, 8), 3: (4, 8, 8), 4: (4, 8, 8, 8)}[rank]


def usual_input(kind: type[Layer]) -> Input:
    """An input of the shape that a new layer of `kind` takes."""
    return input_of(usual_shape(kind))


def input_of(shape: Shape) -> Input:
    """The input of this shape."""
    match shape:
        case TokenShape() as tokens:
            return Tokens(length=tokens[0], vocabulary=tokens.vocabulary)
        case (features,):
            return Features(in_features=features)
        case (length, features):
            return InputSequence(length=length, features=features)
        case (channels, *depth, height, width):
            return Image(channels=channels, height=height, width=width, depth=sum(depth))
    raise AssertionError(shape)


@st.composite
def placed(draw: DrawFn, kind: type[Layer], ranks: Sequence[int] = ()) -> tuple[Layer, Shape]:
    """A layer of `kind` with a shape that has as many axes as it takes, or one of `ranks`; often it fits."""
    shape = draw(shapes(kind, ranks))
    layer = draw(frozen(kind, name="layer1"))
    if draw(st.integers(0, 3)) and layer.takes(shape):
        layer = (layer.mended(shape) or layer) if layer.unfit(shape) else layer
    return layer, shape


@st.composite
def frozen(draw: DrawFn, /, kind: type[Frozen], **given: Any) -> Any:
    """An instance of `kind`; entries that its own rules refuse (a lower bound above the upper) are drawn again."""
    for _ in range(20):
        drawn = {option.name: draw(options(kind, option)) for option in options_of(kind)}
        try:
            return kind.checked({**drawn, **given})
        except Refusal:
            continue
    return kind.checked(given)


def initializers(registry: dict[str, type[Initializer]]) -> SearchStrategy[Initializer]:
    return st.sampled_from(sorted(registry)).flatmap(lambda kind: frozen(registry[kind]))


NUMBERS = 3000  # that a layer may give in a generated network


def fitted(draw: DrawFn, kind: type[Layer], name: str, shape: Shape) -> Layer | None:
    """A layer of `kind` that takes `shape`, with an option mended where need be; None if there is none."""
    layer: Layer = frozen_layer(draw, kind, name)
    if layer.unfit(shape):
        mended = layer.mended(shape) if layer.takes(shape) else None
        if mended is None or mended.unfit(shape):
            return None
        layer = mended
    return layer if numel(layer.output_shape(shape)) <= NUMBERS else None


def frozen_layer(draw: DrawFn, kind: type[Layer], name: str) -> Layer:
    return draw(frozen(kind, name=name))  # type: ignore[no-any-return]


def row(
    draw: DrawFn, shape: Shape, kinds: Sequence[type[Layer]], blocks: Sequence[type[Block]], depth: int, most: int
) -> tuple[tuple[Layer, ...], Shape]:
    """Layers one behind the other that take `shape`, blocks among them up to `depth` deep, and what leaves them."""
    made: list[Layer] = []
    layer: Layer | None
    for name in draw(st.lists(NAMES, unique=True, max_size=most)):
        if blocks and depth and draw(st.integers(0, 3)) == 0:
            layer, after = block(draw, draw(st.sampled_from(blocks)), name, shape, kinds, blocks, depth - 1)
        else:
            kind = draw(st.sampled_from([kind for kind in kinds if kind(name="a").takes(shape)]))
            fit = fitted(draw, kind, name, shape)
            layer, after = fit, (fit.output_shape(shape) if fit else shape)
        if layer is not None:
            made.append(layer)
            shape = after
    return tuple(made), shape


def block(
    draw: DrawFn,
    kind: type[Block],
    name: str,
    shape: Shape,
    kinds: Sequence[type[Layer]],
    blocks: Sequence[type[Block]],
    depth: int,
) -> tuple[Block | None, Shape]:
    """A block that takes `shape`, and what leaves it; None where the layers that were drawn do not go together so."""
    trainable = draw(st.booleans())
    if kind is Branches:
        ways = [row(draw, shape, kinds, blocks, depth, 2) for _ in range(draw(st.integers(1, 3)))]
        inner = tuple(Group(name=f"branch{n}", layers=way) for n, (way, _) in enumerate(ways, 1))
        how: MergeKind = draw(st.sampled_from(["concatenate", "sum", "product"]))
        branches = Branches(name=name, trainable=trainable, layers=inner, merge=how, dim=draw(st.integers(1, 2)))
        merge = Merge(branches.merge, branches.dim)
        after = [out for _, out in ways]
        fit = merge.problem(after) is None
        return (branches, merge.shape(after)) if fit and numel(merge.shape(after)) <= NUMBERS else (None, shape)
    layers, out = row(draw, shape, kinds, blocks, depth, 3)
    if kind is Repeat:
        times = draw(st.integers(1, 3)) if tuple(out) == tuple(shape) else 1
        return Repeat(name=name, trainable=trainable, layers=layers, times=times), out
    if kind is Residual:
        residual = Residual(name=name, trainable=trainable, layers=layers)
        if tuple(out) == tuple(shape):
            return residual, out
        mended = residual.mended_inside(shape, [out, shape])
        return (mended, out) if isinstance(mended, Residual) else (None, shape)
    return Group(name=name, trainable=trainable, layers=layers), out


PLAIN = [kind for kind in all_kinds() if kind not in (TiedLinear, Embedding)]
FLAT = [kind for kind in PLAIN if kind(name="a").takes((4,)) and kind is not Unflatten]


@st.composite
def networks(draw: DrawFn, max_layers: int = 7) -> NetworkSpec:
    """Flat vectors through layers and groups, one behind the other."""
    shape = (draw(SIZES),)
    made, _ = row(draw, shape, FLAT, [Group], 2, max_layers)
    return NetworkSpec(input=Features(in_features=shape[0]), layers=made, seed=draw(SEEDS))


@st.composite
def inputs(draw: DrawFn) -> Input:
    """Any kind of input, small."""
    side = st.integers(1, 7)
    kind = draw(st.sampled_from(sorted(INPUTS)))
    return INPUTS[kind].checked({option.name: draw(side) for option in options_of(INPUTS[kind])})


@st.composite
def nested_networks(draw: DrawFn, max_layers: int = 5) -> NetworkSpec:
    """Any input through layers of every kind, in blocks of every kind; all fit, and tokens go through an Embedding first."""
    given = draw(inputs())
    table = [Embedding(name="table0", embedding_dim=draw(SIZES))] if isinstance(given, Tokens) else []
    shape = table[0].output_shape(given.shape) if table else given.shape
    made, after = row(draw, shape, PLAIN, [Group, Residual, Branches, Repeat], 2, max_layers)
    head = []
    if isinstance(given, Tokens) and len(after) in TiedLinear.ranks and after[-1] == shape[-1]:
        head = [TiedLinear(name="tied0", out_features=given.vocabulary)]
    return NetworkSpec(input=given, layers=(*table, *made, *head), seed=draw(SEEDS))


@st.composite
def nested_experiments(draw: DrawFn) -> Experiment:
    return Experiment(network=draw(nested_networks()), batch=draw(batches()))


@st.composite
def batches(draw: DrawFn) -> Batch:
    words = st.sampled_from([word for word in Distribution.__args__ if word != "digits"])  # type: ignore[attr-defined]
    return Batch(rows=draw(st.integers(2, 6)), distribution=draw(words), seed=draw(SEEDS))


@st.composite
def experiments(draw: DrawFn) -> Experiment:
    return Experiment(network=draw(networks()), batch=draw(batches()))
