"""Hypothesis strategies for experiments that are valid by construction, from the registries themselves."""

from __future__ import annotations

from typing import Any

from annotated_types import Ge, Le
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from builder.experiment import Batch, Distribution, Experiment
from builder.initializers import BIASES, WEIGHTS, Initializer
from builder.layers import LAYERS, Layer
from builder.layers import kinds as all_kinds
from builder.layers.blocks import Group
from builder.options import Frozen, Option, Refusal, options_of
from builder.spec import Features, NetworkSpec

SIZES = st.integers(1, 9) | st.sampled_from([16, 33])
SEEDS = st.integers(0, 2**53 - 1)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}[0-9]", fullmatch=True) | st.sampled_from(
    ["out", "线性1", "x", "self_", "F", "match"]
)


def options(kind: type[Frozen], option: Option) -> SearchStrategy[Any]:
    """Values for one option inside its bounds."""
    if option.choices:
        return st.sampled_from(option.choices)
    if option.type is bool:
        return st.booleans()
    if option.type is int:
        return SIZES
    if option.type is float:
        limits = {type(m): m for m in kind.model_fields[option.name].metadata}
        low, high = limits[Ge].ge, limits[Le].le
        return st.floats(low, high, allow_nan=False) | st.just(option.default)
    return initializers(WEIGHTS if option.name == "weight_init" else BIASES)


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


def layers(name: str, depth: int = 2) -> SearchStrategy[Layer]:
    plain = st.sampled_from(sorted(kind.kind for kind in all_kinds()))
    one = (st.just("Linear") | plain).flatmap(lambda kind: frozen(LAYERS[kind], name=name))
    return one | levels(3, depth - 1).map(lambda inner: Group(name=name, layers=inner)) if depth else one


@st.composite
def levels(draw: DrawFn, max_layers: int, depth: int = 2) -> tuple[Layer, ...]:
    """Layers side by side, groups among them."""
    return tuple(draw(layers(name, depth)) for name in draw(st.lists(NAMES, unique=True, max_size=max_layers)))


@st.composite
def networks(draw: DrawFn, max_layers: int = 7) -> NetworkSpec:
    made = draw(levels(max_layers))
    return NetworkSpec(input=Features(in_features=draw(SIZES)), layers=made, seed=draw(SEEDS))


@st.composite
def experiments(draw: DrawFn) -> Experiment:
    words = st.sampled_from(Distribution.__args__)  # type: ignore[attr-defined]
    batch = Batch(rows=draw(st.integers(1, 6)), distribution=draw(words), seed=draw(SEEDS))
    return Experiment(network=draw(networks()), batch=batch)
