"""Blocks that differ in numbers alone are one class in the program, as a person writes it, and no line is too long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.formats.torch_source import class_sources, to_python
from builder.layers import Layer
from builder.layers.blocks import Group, Repeat
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.depth import examples
from tests.networks import made
from tests.oracle.programs import FORMS, Run, check
from tests.strategies import nested_experiments

WIDE = 120


def without_numbers(source: str) -> str:
    """The text of a class without its name and its numbers."""
    return re.sub(r"(?<![\w.])\d+(\.\d+)?(e-?\d+)?", "#", source.partition("\n")[2])


@pytest.mark.parametrize("preset", PRESETS)
def test_no_two_classes_differ_in_numbers_alone(preset: str) -> None:
    sources = class_sources(make_plan(PRESETS[preset].experiment.network))
    assert len({without_numbers(source) for source in sources}) == len(sources)


@examples(fixed=60, deep=1000)
@given(nested_experiments())
def test_nor_in_any_other_network(experiment: Experiment) -> None:
    *blocks, _ = class_sources(make_plan(experiment.network))
    assert len({without_numbers(source) for source in blocks}) == len(blocks)


@pytest.mark.parametrize("preset", PRESETS)
def test_nested_constructors_of_blocks_that_are_alike_are_a_function(preset: str) -> None:
    program = to_python(make_plan(PRESETS[preset].experiment.network), Batch(), "sequential", "model")
    functions = [part for part in program.split("\n\n\n") if part.startswith("def make_")]
    assert len({without_numbers(text) for text in functions}) == len(functions)
    if preset == "resnet50":
        assert len(functions) == 6 and program.count("\n") < 120


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("preset", PRESETS)
def test_no_line_is_too_long(preset: str, form: str) -> None:
    for extent in ("summary", "training"):
        program = to_python(make_plan(PRESETS[preset].experiment.network), Batch(), form, extent)  # type: ignore[arg-type]
        assert max(map(len, program.split("\n"))) <= WIDE


def test_resnet_50_is_written_as_a_person_writes_it() -> None:
    sources = class_sources(make_plan(PRESETS["resnet50"].experiment.network))
    assert len(sources) == 6 and "\n".join(sources).count("\n") < 110
    assert any("def __init__(self, in_channels, channels, stride, out_channels, times):" in text for text in sources)


def stage(name: str, width: int, times: int, p: float, inner: str = "dropout1") -> Layer:
    body = Group(name="body", layers=(Linear(name="linear2", out_features=width), made("Dropout", inner, p=p)))
    layers = (Linear(name="linear1", out_features=width), Repeat(name="more", times=times, layers=(body,)))
    return Group(name=name, layers=layers)


STAGES = st.builds(
    stage,
    st.just("stage"),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from(["dropout1", "other"]),
)


@examples(fixed=60, deep=1000)
@given(st.lists(STAGES, min_size=1, max_size=4), st.integers(1, 3))
def test_classes_with_arguments_reproduce_the_app_to_the_bit(run_program: Run, stages: list[Layer], n: int) -> None:
    layers = tuple(layer.model_copy(update={"name": f"stage{at}"}) for at, layer in enumerate(stages))
    check(
        Experiment(network=NetworkSpec(input=Features(in_features=n), layers=layers), batch=Batch(rows=2)), run_program
    )
