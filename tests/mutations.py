"""Any experiment that every check accepts, whether its layers fit or not: well formed by construction, then changed at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotated_types import Ge, Le
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from builder.core.options import Option, Refusal, options_of
from builder.initializers import registry_of
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual, Shortcut
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import INPUTS, Input
from builder.network.spec import INPUT, Gone, NetworkSpec
from builder.zoo.presets import PRESETS
from tests import strategies
from tests.strategies import FIRST, SEEDS, nested_networks, networks, options

KINDS = [kind for kind in LAYERS.values() if not issubclass(kind, Block)]
WRAPS = [Group, Residual, Branches, Repeat]
NAMES = strategies.NAMES | st.sampled_from(
    "BLOCKS Model Residual OrderedDict nn merge dim shortcut_name block1 layers".split()
)
PATIENCE = 5  # draws, until what a kind's own rules refuse is left at its defaults


def bold(kind: type[Any], option: Option) -> SearchStrategy[Any]:
    """Usual values for one option, and those at its bounds."""
    if option.type not in (int, float) or option.choices:
        return options(kind, option)
    limits = {type(limit): limit for limit in kind.model_fields[option.name].metadata}
    low, high = limits[Ge].ge, limits[Le].le
    small = [option.type(n) for n in (0, 1, 2, 3, 5, 8) if low <= n <= high]
    return st.sampled_from([*small, *small, option.default, low, high])


def boldly(draw: DrawFn, kind: type[Any], **given: Any) -> Any:
    """An instance of `kind` of which some options are not the default."""
    every = options_of(kind)
    for _ in range(PATIENCE):
        chosen = draw(st.lists(st.sampled_from(every), max_size=3, unique_by=lambda each: each.name)) if every else []
        try:
            return kind.checked({**{option.name: draw(bold(kind, option)) for option in chosen}, **given})
        except Refusal:
            continue
    return kind.checked(given)


def any_layer(draw: DrawFn, name: str, depth: int) -> Layer:
    """A layer of whatever kind, or a block with whatever is in it; often with nothing."""
    if not depth or draw(st.integers(0, 2)):
        return boldly(draw, draw(st.sampled_from(KINDS)), name=name)  # type: ignore[no-any-return]
    kind, inside = draw(st.sampled_from([*WRAPS, Shortcut])), any_row(draw, depth - 1)
    if kind is Residual:
        shortcuts = [layer for layer in inside if isinstance(layer, Shortcut)]
        inside = tuple(layer for layer in inside if layer not in shortcuts[1:])  # one at most
    return boldly(draw, kind, name=name, layers=inside)  # type: ignore[no-any-return]


def any_row(draw: DrawFn, depth: int, least: int = 0, most: int = 3) -> tuple[Layer, ...]:
    return tuple(
        any_layer(draw, name, depth) for name in draw(st.lists(NAMES, unique=True, min_size=least, max_size=most))
    )


def any_input(draw: DrawFn) -> Input:
    return boldly(draw, INPUTS[draw(st.sampled_from(sorted(INPUTS)))])  # type: ignore[no-any-return]


@st.composite
def loose_networks(draw: DrawFn) -> NetworkSpec:
    """Layers and blocks one behind the other that nobody made fit."""
    return NetworkSpec(input=any_input(draw), layers=any_row(draw, 3, least=1, most=6), seed=draw(SEEDS))


@st.composite
def preset_networks(draw: DrawFn) -> NetworkSpec:
    return PRESETS[draw(st.sampled_from([*FIRST, *FIRST, *FIRST, *PRESETS]))].experiment.network


def changed(draw: DrawFn, spec: NetworkSpec) -> NetworkSpec:
    """`spec` after one edit that a person could make; unchanged where the edit is refused."""
    paths = spec.paths
    edit = draw(st.sampled_from(EDITS if paths else EDITS[:2]))
    try:
        return edit(draw, spec, draw(st.sampled_from(paths)) if paths else INPUT)
    except (Refusal, Gone):
        return spec


def _with_input(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    return spec.with_option("input", any_input(draw))


def _with_layer(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    return spec.inserted(any_layer(draw, draw(NAMES), 2), path)


def _with_option(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    layer = spec.layer(path)
    every = options_of(type(layer))
    if not every:
        return spec
    option = draw(st.sampled_from(every))
    return spec.replaced(path, layer.with_option(option.name, draw(bold(type(layer), option))))


def _emptied(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    layer = spec.layer(path)
    return spec.replaced(path, layer.with_option("layers", ())) if isinstance(layer, Block) else spec


def _with_initializer(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    layer = spec.layer(path)
    named = [option.name for option in options_of(type(layer)) if option.name.endswith("_init")]
    if not named:
        return spec
    name = draw(st.sampled_from(named))
    registry = registry_of(type(layer), name)
    kind = registry[draw(st.sampled_from(sorted(registry)))]
    return spec.replaced(path, layer.with_option(name, boldly(draw, kind)))


def _wrapped(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    return spec.wrapped(path, kind=draw(st.sampled_from(WRAPS)))


def _moved(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    return spec.moved(path, draw(st.integers(0, len(spec.paths))), draw(st.integers(0, 3)))


def _repeated(draw: DrawFn, spec: NetworkSpec, path: str) -> NetworkSpec:
    """The same layer many times: what grows from layer to layer grows past every bound."""
    for _ in range(draw(st.sampled_from([1, 2, 30, 90]))):
        spec = spec.duplicated(path)
    return spec


EDITS: list[Callable[[DrawFn, NetworkSpec, str], NetworkSpec]] = [
    _with_input,
    _with_layer,
    _with_option,
    _with_option,
    _with_initializer,
    _emptied,
    _wrapped,
    _moved,
    _repeated,
    lambda draw, spec, path: spec.removed(path),
    lambda draw, spec, path: spec.unwrapped(path),
    lambda draw, spec, path: spec.renamed(path, draw(NAMES)),
    lambda draw, spec, path: spec.swapped(draw(st.sampled_from(KINDS)), path),
]


STARTS = [nested_networks, nested_networks, loose_networks, networks, preset_networks]


@st.composite
def accepted_networks(draw: DrawFn) -> NetworkSpec:
    """Any network that every check accepts."""
    spec = draw(st.sampled_from(STARTS).flatmap(lambda start: start()))
    for _ in range(draw(st.sampled_from([0, 1, 2, 3, 5]))):
        spec = changed(draw, spec)
    return spec


@st.composite
def accepted_experiments(draw: DrawFn) -> Experiment:
    """Any experiment that every check accepts."""
    return Experiment(network=draw(accepted_networks()), batch=boldly(draw, Batch))
