"""The networks from the literature: counted as published, the same in torch, and exported as programs that run."""

from __future__ import annotations

import tracemalloc

import pytest
import torch

from builder.analysis.crosscheck import unique_parameters
from builder.analysis.receptive import receptive_fields
from builder.drawing.layers import to_dot
from builder.formats.link import from_token, to_token
from builder.formats.torch_source import Form, to_python
from builder.layers.activations import GELU
from builder.layers.blocks import Block
from builder.network.experiment import Batch, Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.zoo.literature.sequences import gpt
from builder.zoo.presets import FIRST_STEPS, PRESETS

# From the papers and the models that torchvision and Hugging Face publish.
PUBLISHED = {
    "lenet5": 61_706,
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg16": 138_357_544,
    "vgg16_bn": 138_365_992,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "mobilenet_v2": 3_504_872,
    "squeezenet": 1_235_496,
    "vit_b16": 86_567_656,
    "gpt2": 124_439_808,
    "bert": 109_482_240,
    "densenet121": 7_978_856,
    "googlenet": 6_624_904,  # without the auxiliary heads
    "inception_v3": 23_834_568,
    "mobilenet_v3": 5_483_032,
    "efficientnet_b0": 5_288_548,
    "convnext_tiny": 28_589_128,
    "shufflenet_v2": 2_278_604,
    "senet18": 11_260_354,  # kuangliu/pytorch-cifar
    "mlp_mixer": 59_880_472,
    "dcgan_generator": 3_576_704,  # of PyTorch's tutorial
    "dcgan_discriminator": 2_765_568,
    "llama3_8b": 8_030_261_248,
}
# torchvision's GFLOPS, which count a multiplication with its addition once: in 10⁹, for one image of 224 × 224, of Inception v3 299 × 299.
BILLIONS = {
    "alexnet": "0.714",
    "vgg16": "15.47",
    "resnet18": "1.814",
    "resnet50": "4.089",
    "mobilenet_v2": "0.301",
    "vit_b16": "17.56",
    "densenet121": "2.834",
    "googlenet": "1.498",
    "inception_v3": "5.713",
    "mobilenet_v3": "0.217",
    "efficientnet_b0": "0.386",
    "convnext_tiny": "4.456",
    "shufflenet_v2": "0.145",
}
LITERATURE = [key for key, preset in PRESETS.items() if preset.heading != FIRST_STEPS]
BUILT = [key for key in LITERATURE if key != "gpt3"]  # its module has a thousand parts; the plan is tested below


@pytest.mark.parametrize("preset", PUBLISHED)
def test_parameters_are_the_published_ones_to_the_digit(preset: str) -> None:
    assert make_plan(PRESETS[preset].experiment.network).count == PUBLISHED[preset]


@pytest.mark.parametrize("preset", BILLIONS)
def test_macs_are_the_published_ones_in_the_digits_given(preset: str) -> None:
    digits = len(BILLIONS[preset].partition(".")[2])
    assert f"{make_plan(PRESETS[preset].experiment.network).macs / 1e9:.{digits}f}" == BILLIONS[preset]


@pytest.mark.parametrize("preset", BUILT)
def test_torch_counts_the_same_and_gives_the_same_shape(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    assert plan.problem is None
    module = build_module(plan, meta=True)
    assert unique_parameters(module) == plan.count
    tokens = hasattr(plan.input_shape, "vocabulary")
    rows = torch.zeros(1, *plan.input_shape, dtype=torch.long if tokens else torch.float32, device="meta")
    with torch.no_grad():
        assert tuple(module(rows).shape) == (1, *plan.output_shape)


@pytest.mark.parametrize("form", ["class", "sequential"])
@pytest.mark.parametrize("preset", BUILT)
def test_the_exported_program_makes_the_same_network(preset: str, form: Form) -> None:
    """On the meta device, since most of them are large; that programs give the same bits is `tests/oracle`'s part."""
    plan = make_plan(PRESETS[preset].experiment.network)
    names: dict[str, object] = {"__name__": "exported"}
    with torch.device("meta"):
        exec(compile(to_python(plan, Batch(rows=1), form), preset, "exec"), names)
        made = names["Model" if form == "class" else "make_model"]()  # type: ignore[operator]
    shapes = {name: tuple(values.shape) for name, values in made.state_dict().items()}
    assert shapes == {name: tuple(values.shape) for name, values in build_module(plan, meta=True).state_dict().items()}


@pytest.mark.parametrize("preset", PRESETS)
def test_each_fits_into_a_link(preset: str) -> None:
    experiment = Experiment(network=PRESETS[preset].experiment.network)
    assert from_token(to_token(experiment)) == experiment
    assert len(to_token(experiment)) < 3000


def test_gpt_3_is_planned_counted_and_drawn_and_nothing_is_allocated() -> None:
    tracemalloc.start()
    plan = make_plan(gpt(96, 12_288, 96, 2048))
    drawing = to_dot(plan)
    count, peak = plan.count, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 12 d² + 13 d a layer, its final norm, and the two tables of vectors
    d = 12_288
    assert count == 96 * (12 * d**2 + 13 * d) + 2 * d + (50_257 + 2048) * d
    assert round(count / 1e9) == 175
    assert peak < 2_000_000
    assert drawing.count("label=") < 40
    assert plan.over_budget(1) is not None


@pytest.mark.parametrize("preset", LITERATURE)
def test_closed_it_is_drawn_in_a_few_nodes(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    blocks = [path for path, layer in plan.spec.by_path.items() if isinstance(layer, Block)]
    assert to_dot(plan, closed=blocks).count("fillcolor=") <= 23


def test_a_repeat_of_96_is_drawn_with_as_many_nodes_as_one_of_2() -> None:
    drawn = [to_dot(make_plan(gpt(times, 12_288, 96, 2048))) for times in (2, 96)]
    assert drawn[0].count("fillcolor=") == drawn[1].count("fillcolor=")
    assert drawn[0].count(" -> ") == drawn[1].count(" -> ")


@pytest.mark.parametrize("preset", LITERATURE)
def test_its_gelu_is_that_of_the_model_it_is_named_after(preset: str) -> None:
    """What no count shows: GPT-2's GELU is the approximation, ViT's is not."""
    layers = PRESETS[preset].experiment.network.by_path.values()
    gelus = {layer.approximate for layer in layers if isinstance(layer, GELU)}
    exact = {key: {"none"} for key in ("vit_b16", "convnext_tiny", "mlp_mixer")}
    assert gelus == ({"gpt2": {"tanh"}, "gpt3": {"tanh"}} | exact).get(preset, set())


def test_a_temporal_network_has_the_parameters_of_its_convolutions_and_sees_all_of_the_digit() -> None:
    """Bai et al. 2018 round it to 70 thousand, with weight normalization; without, it is what torch's layers add up to."""
    plan = make_plan(PRESETS["tcn"].experiment.network)
    inner = [torch.nn.Conv1d(25, 25, 7) for _ in range(15)]
    layers = [torch.nn.Conv1d(1, 25, 7), torch.nn.Conv1d(1, 25, 1), *inner, torch.nn.Linear(25, 10)]
    assert plan.count == sum(p.numel() for layer in layers for p in layer.parameters())
    assert list(receptive_fields(plan).values())[-1][0].size == 1 + 2 * 6 * (2**8 - 1) > 784
