"""One contract for every layer kind: what its class says of it is what torch does."""

from __future__ import annotations

import inspect
from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from builder.core.options import Several, options_of
from builder.layers import FAMILIES, LAYERS, Layer, Shape, modules
from builder.layers.blocks import Block
from builder.layers.shapes import TokenShape
from builder.network.spec import NetworkSpec
from builder.runtime.module import drawing_from, run
from tests.arithmetic import evaluated
from tests.depth import examples
from tests.strategies import frozen, placed, usual_shape

SIMPLE = {name: kind for name, kind in LAYERS.items() if not issubclass(kind, Block)}
KINDS = pytest.mark.parametrize("kind", SIMPLE.values(), ids=SIMPLE)
FUNCTIONAL = {name: kind for name, kind in SIMPLE.items() if kind.function}  # `forward` can do without a module
ALL_KINDS = pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
TIED = LAYERS["TiedLinear"]


def made(kind: type[Layer]) -> Layer:
    return kind(name="layer1")


def torchs(kind: type[Layer]) -> type[torch.nn.Module]:
    """The class that the app builds this kind with."""
    name = kind.torch_class
    found = getattr(torch.nn, name[3:]) if name.startswith("nn.") else getattr(modules, name)
    assert issubclass(found, torch.nn.Module)
    return found  # type: ignore[no-any-return]


def home(layer: Layer) -> str:
    """The device that finds shapes soonest: none at all, but torch goes through recurrent layers there step by step in Python."""
    return "cpu" if layer.family == "recurrent" else "meta"


def built(layer: Layer, shape: Shape) -> torch.nn.Module:
    with torch.device(home(layer)):
        return run(layer.constructor(shape)).eval()  # type: ignore[no-any-return]


def sent(layer: Layer, shape: Shape, rows: int) -> torch.Tensor:
    dtype = torch.long if isinstance(shape, TokenShape) else torch.float32
    return torch.zeros(rows, *shape, dtype=dtype, device=home(layer))


@ALL_KINDS
def test_the_kind_is_torchs_class_or_one_of_ours(kind: type[Layer]) -> None:
    assert torchs(kind)
    if kind.torch_class == f"nn.{kind.kind}":
        assert getattr(torch.nn, kind.kind)
    assert kind.family in FAMILIES
    assert kind.label.template and kind.summary.template and kind.formula


@KINDS
def test_options_are_torchs_arguments_with_torchs_defaults(kind: type[Layer]) -> None:
    theirs: dict[str, inspect.Parameter] = {}
    for base in torchs(kind).__mro__:
        theirs = {**inspect.signature(vars(base).get("__init__", base)).parameters, **theirs}
    written = {name for slot in kind.signature.keywords.values() for name in slot.options}  # whatever its value
    for option in options_of(kind):
        if (
            option.name in theirs
            and option.name not in written
            and isinstance(theirs[option.name].default, bool | int | float | str)
        ):
            assert option.default == theirs[option.name].default, option.name


@KINDS
def test_a_new_one_takes_what_comes(kind: type[Layer]) -> None:
    for shape in (usual_shape(kind), None):
        layer = kind.arriving("layer1", shape)
        assert type(layer) is kind and layer.name == "layer1"
    assert kind is TIED or kind.arriving("layer1", usual_shape(kind)).unfit(usual_shape(kind)) is None


@KINDS
@examples(fixed=40, deep=500)
@given(data=st.data(), rows=st.integers(1, 3))
def test_what_it_says_of_itself_is_what_torch_does(kind: type[Layer], data: st.DataObject, rows: int) -> None:
    layer, shape = data.draw(placed(kind))
    if layer.unfit(shape) is None:
        module = built(layer, shape)
        expect_shapes_and_parameters(layer, shape, module, rows)
        expect_the_call_to_say_the_options_that_make_it(layer, shape)
        expect_the_arithmetic_to_come_to_the_count(layer, shape)
        expect_the_products_to_be_those_that_torch_counts(layer, shape, module, rows)
        assert (layer.application(shape) is not None) == (kind in FUNCTIONAL.values())
    else:
        expect_torch_to_refuse_and_mends_to_fit(layer, shape, rows)


def expect_shapes_and_parameters(layer: Layer, shape: Shape, module: torch.nn.Module, rows: int) -> None:
    with torch.no_grad():
        output = module(sent(layer, shape, rows))
    assert tuple(output.shape) == (rows, *layer.output_shape(shape))
    named = {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert named == dict(layer.parameter_shapes(shape)) | dict(layer.shared_shapes(shape))
    assert list(named) == list(layer.shared_shapes(shape)) + list(layer.parameter_shapes(shape))
    assert {name: tuple(b.shape) for name, b in module.named_buffers()} == layer.buffer_shapes(shape)


def expect_the_call_to_say_the_options_that_make_it(layer: Layer, shape: Shape) -> None:
    call = layer.constructor(shape)
    options = layer.signature.options(type(layer), call)
    assert options is not None
    assert type(layer).checked({"name": "again", **options}).constructor(shape) == call


def expect_the_arithmetic_to_come_to_the_count(layer: Layer, shape: Shape) -> None:
    count = sum(map(prod, layer.parameter_shapes(shape).values()))
    said = layer.arithmetic(shape).text()
    assert evaluated(said) == count, said


def expect_the_products_to_be_those_that_torch_counts(
    layer: Layer, shape: Shape, module: torch.nn.Module, rows: int
) -> None:
    said = sum(map(prod, layer.products(shape)))
    if layer.family == "recurrent":  # torch's counter gives 0: each weight is multiplied once a step
        weights = [p.numel() for name, p in module.named_parameters() if name.startswith("weight")]
        assert said == shape[0] * sum(weights)
    elif said:
        with FlopCounterMode(display=False) as counter:
            module.train()(sent(layer, shape, rows))  # in evaluation torch's counter gives 0 for attention
        assert counter.get_total_flops() == 2 * rows * said


def expect_torch_to_refuse_and_mends_to_fit(layer: Layer, shape: Shape, rows: int) -> None:
    mended = layer.mended(shape) if layer.takes(shape) else None
    if mended is not None:
        assert mended.unfit(shape) is None
        assert type(mended) is type(layer) and mended.name == layer.name
    if layer.takes(shape) and layer.kind not in STRICTER:
        with pytest.raises((ValueError, RuntimeError, AssertionError, IndexError)):
            built(layer, shape)(sent(layer, shape, rows))


STRICTER = {
    "InstanceNorm2d",
    "GroupNorm",
    "LearnedPositions",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Softmax",
    "Softmin",
    "Squeeze",
    "Chunk",
    "Patches",
    "Crop2d",
    "GroupedQueryAttention",
}  # torch objects in training alone, or not at all on meta


@pytest.mark.parametrize("kind", FUNCTIONAL.values(), ids=FUNCTIONAL)
@examples(fixed=25, deep=300)
@given(data=st.data())
def test_the_function_in_forward_does_what_the_module_does(kind: type[Layer], data: st.DataObject) -> None:
    layer, shape = data.draw(placed(kind).filter(lambda drawn: drawn[0].unfit(drawn[1]) is None))
    x = torch.randn(5, *shape, generator=torch.Generator().manual_seed(1)) * 3
    call, module = layer.application(shape), run(layer.constructor(shape))
    assert call and not list(module.state_dict())
    for mode in (module.train(), module.eval()):
        torch.testing.assert_close(run(call, x), mode(x), rtol=0, atol=0, equal_nan=True)


@KINDS
@examples(fixed=25, deep=300)
@given(data=st.data())
def test_json_gives_the_same_layer_back(kind: type[Layer], data: st.DataObject) -> None:
    layer = data.draw(frozen(kind, name="layer1"))
    spec = NetworkSpec(layers=(layer,))
    again = NetworkSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert type(again.layers[0]) is kind


@KINDS
def test_everything_in_the_module_is_finite_and_from_the_seed(kind: type[Layer]) -> None:
    def state(seed: int) -> dict[str, torch.Tensor]:
        with drawing_from(seed):
            return run(made(kind).constructor(usual_shape(kind))).state_dict()  # type: ignore[no-any-return]

    before = torch.get_rng_state()
    first, again, other = state(1), state(1), state(2)
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"
    for name, values in first.items():
        assert values.isfinite().all()
        assert torch.equal(values, again[name])
    for name, initializer in made(kind).initial().items():
        assert initializer.kind != "default" or not torch.equal(first[name], other[name]), name


@ALL_KINDS
def test_a_form_can_show_every_option(kind: type[Layer]) -> None:
    for option in options_of(kind):
        assert option.label.template
        assert option.choices or option.type in (bool, int, float, Several) or option.name.endswith("_init")
