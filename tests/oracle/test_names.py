"""Whatever a person calls a layer, its network is built, exported and run: no name collides with one of the program's own."""

from __future__ import annotations

import builtins
import io
import keyword
import re
from collections import OrderedDict
from collections.abc import Iterator
from inspect import getsource
from itertools import product
from tokenize import NAME, generate_tokens
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import nn

from builder.analysis.crosscheck import count_three_ways
from builder.core.options import Refusal
from builder.formats.torch_source import to_python
from builder.initializers import KaimingNormal
from builder.layers import LAYERS, Layer, check_name, modules
from builder.layers.activations import Tanh
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual, Shortcut
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.depth import examples
from tests.oracle.programs import FORMS, Run, check
from tests.strategies import nested_experiments

EXPORTED = ("tutorial", "mnist", "lenet5", "resnet18", "unet", "gpt2", "lstm", "encoder")
HOLDERS: list[Any] = [nn.Module, nn.Sequential, modules.Shortcut, modules.Residual, modules.Branches]
BLOCKS: list[Any] = [made for made in HOLDERS if made not in (nn.Module, nn.Sequential)]


def words(text: str) -> set[str]:
    """Every identifier and keyword in a program."""
    return {token.string for token in generate_tokens(io.StringIO(text).readline) if token.type == NAME}


def own_names() -> Iterator[str]:
    """What nn.Module, the modules, the exported programs and Python itself call anything."""
    yield from [*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *LAYERS, *vars(modules)]
    for made in HOLDERS:
        yield from dir(made() if made is nn.Module else made(OrderedDict()))
    for text in map(getsource, BLOCKS):  # what they keep, and what Python would make of it if it were private
        yield from [f"_{made.__name__}__{word.strip('_')}" for made in BLOCKS for word in words(text)]
    for network in (everywhere("layer1").network, *(PRESETS[key].experiment.network for key in EXPORTED)):
        for form, extent in product(FORMS, ("summary", "training")):
            yield from words(to_python(make_plan(network), Batch(distribution="digits"), form, extent))  # type: ignore[arg-type]


def likely(name: str) -> Iterator[str]:
    """`name`, the same without what makes it private, and what becomes it as the name of a class."""
    yield from (name, name.strip("_"), f"_{name}")
    yield from (name[:1].lower() + name[1:], re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def usable(name: str) -> bool:
    try:
        check_name(name)
    except Refusal:
        return False
    return True


def everywhere(name: str) -> Experiment:
    """A network with `name` in every place that a name can have: in each kind of block, and each kind of block itself."""
    linear, tanh = Linear(name=name, out_features=3, weight_init=KaimingNormal()), Tanh(name=name)
    shortcut = Shortcut(name=name, layers=(tanh,))
    blocks = (
        Group(name=name, layers=(linear, Tanh(name="inside1"))),
        Residual(name=name, layers=(Linear(name="inside1", out_features=3), shortcut)),
        Residual(name=name, layers=(linear, Shortcut(name="inside1", layers=(tanh,)))),
        Branches(name=name, merge="sum", layers=(linear, Group(name="inside1", layers=(tanh,)))),
        Repeat(name=name, layers=(linear, Linear(name="inside1", out_features=3))),
    )
    around = [Group(name=f"around{n}", layers=(block,)) for n, block in enumerate(blocks)]
    last = Repeat(name=name, layers=(linear,))  # at the top its class is called so, too
    network = NetworkSpec(input=Features(in_features=3), layers=(*around, last))
    return Experiment(network=network, batch=Batch(rows=2))


NEIGHBOURS = {"inside1", *(f"around{n}" for n in range(5))}  # what else there is in `everywhere`
NAMES = sorted({name for own in own_names() for name in likely(own) if usable(name)} - NEIGHBOURS)


def renamed(draw: DrawFn, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """`layers` and all that is in them under names of `NAMES`."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=len(layers), max_size=len(layers)))
    inside = [{"layers": renamed(draw, layer.layers)} if isinstance(layer, Block) else {} for layer in layers]
    return tuple(
        layer.model_copy(update={"name": name, **more}) for layer, name, more in zip(layers, names, inside, strict=True)
    )


@st.composite
def oddly_named(draw: DrawFn) -> Experiment:
    """Networks of every kind of layer and block, under names of `NAMES`."""
    experiment = draw(nested_experiments())
    return experiment.with_network(experiment.network.with_layers(renamed(draw, experiment.network.layers)))


def test_the_names_are_those_that_could_collide() -> None:
    assert {"merge", "dim", "_Branches__dim", "blocks", "F", "OrderedDict", "ordered_dict", "Model"} <= set(NAMES)
    assert {"x", "y", "self", "model", "copy", "torch", "nn", "digits", "print", "Exception", "match"} <= set(NAMES)
    assert not {"forward", "class", "__init__", "training"} & set(NAMES)


@pytest.mark.parametrize(
    "name", ["merge", "dim", "shortcut_name", "BLOCKS", "F", "OrderedDict", "Residual", "self", "_"]
)
def test_names_that_were_the_programs_own_once(run_program: Run, name: str) -> None:
    check(everywhere(name), run_program)
    plan = make_plan(everywhere(name).network)
    assert count_three_ways(plan, build_module(plan)).agree


@examples(fixed=40, deep=1000)
@given(st.sampled_from(NAMES).map(everywhere))
def test_each_name_may_stand_in_every_place(run_program: Run, experiment: Experiment) -> None:
    check(experiment, run_program)


@examples(fixed=40, deep=1000)
@given(oddly_named())
def test_networks_under_such_names_run_as_in_the_app(run_program: Run, experiment: Experiment) -> None:
    check(experiment, run_program)


@examples(fixed=40, deep=1000)
@given(oddly_named())
def test_networks_under_such_names_count_as_torch_counts(experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    assert count_three_ways(plan, build_module(plan)).agree


def test_classes_whose_names_python_reads_alike_are_two(run_program: Run) -> None:
    names = ("\u0390", "\u03aa\u0301")  # the capital of the one is the other, once it is normalized
    groups = [Group(name=name, layers=(Linear(name="a", out_features=n),)) for n, name in enumerate(names, 2)]
    check(Experiment(network=NetworkSpec(layers=tuple(groups)), batch=Batch(rows=2)), run_program)


@pytest.mark.parametrize("name", ["F", "OrderedDict", "digits", "RNN", "nn"])
def test_a_layers_name_brings_nothing_into_the_program(name: str) -> None:
    network = NetworkSpec(layers=(Linear(name=name),))
    other = NetworkSpec(layers=(Linear(name="other"),))
    for form in FORMS:
        written, expected = (to_python(make_plan(spec), Batch(), form) for spec in (network, other))
        assert written == expected.replace("other", name)
