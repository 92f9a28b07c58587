"""What the kinds that torch lacks do, held against the same in torch's own words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from builder.core.options import Refusal
from builder.layers import LAYERS, Shape
from builder.runtime.module import run

IMAGE = (4, 6, 8)


def given(*shape: int) -> Tensor:
    return torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))


def module_of(kind: str, shape: Shape, **options: Any) -> nn.Module:
    return run(LAYERS[kind].checked({"name": "a", **options}).constructor(shape))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "options", "wanted"),
    [
        ("Reshape", {"sizes": [-1, 8]}, lambda x: x.reshape(3, 24, 8)),
        ("Permute", {"dims": [2, 3, 1]}, lambda x: x.permute(0, 2, 3, 1)),
        ("Unsqueeze", {"dim": 2}, lambda x: x[:, :, None]),
        ("Slice", {"dim": 3, "start": 2, "length": 4}, lambda x: x[..., 2:6]),
        ("Chunk", {"chunks": 2, "index": 1}, lambda x: x[:, 2:]),
        ("ImageRows", {}, lambda x: torch.stack([x[:, :, n].flatten(1) for n in range(6)], dim=1)),
        ("Crop2d", {"padding": [1, 0, 2, 3]}, lambda x: x[:, :, 2:3, 1:]),
        ("ZeroPad2d", {"padding": [1, 0, 2, 3]}, lambda x: nn.functional.pad(x, (1, 0, 2, 3))),
        ("ReflectionPad2d", {"padding": [1, 0, 2, 3]}, lambda x: nn.functional.pad(x, (1, 0, 2, 3), "reflect")),
        ("Scale", {"factor": 0.5}, lambda x: x / 2),
        (
            "Patches",
            {"patch_size": [3, 4]},
            lambda x: x.unfold(2, 3, 3).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(3, 4, 48),
        ),
    ],
)
def test_numbers_go_where_torch_puts_them(kind: str, options: dict[str, Any], wanted: Any) -> None:
    x = given(*IMAGE)
    torch.testing.assert_close(module_of(kind, IMAGE, **options)(x), wanted(x), rtol=0, atol=0)


def test_layernorm2d_normalizes_the_channels_of_each_pixel() -> None:
    x = given(*IMAGE)
    wanted = nn.LayerNorm(4)(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    torch.testing.assert_close(module_of("LayerNorm2d", IMAGE)(x), wanted)


def test_no_step_of_a_causal_convolution_sees_those_behind_it() -> None:
    conv, x = module_of("CausalConv1d", (2, 9), out_channels=3, kernel_size=3, dilation=2), given(2, 9)
    before, changed = conv(x), x.clone()
    changed[:, :, 5] += 1
    assert before.shape == (3, 3, 9)
    assert torch.equal(conv(changed)[:, :, :5], before[:, :, :5])
    assert not torch.equal(conv(changed)[:, :, 5], before[:, :, 5])


def test_stochastic_depth_drops_whole_rows_and_passes_all_in_evaluation() -> None:
    drop, x = module_of("StochasticDepth", (4,), p=0.5), torch.ones(200, 4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        rows = drop(x)
    assert {tuple(row) for row in rows.tolist()} == {(0.0,) * 4, (2.0,) * 4}
    assert torch.equal(drop.eval()(x), x)


def test_sinusoidal_positions_are_those_of_the_paper() -> None:
    waves = module_of("SinusoidalPositions", (5, 6))(torch.zeros(1, 5, 6))[0]
    for t in range(5):
        for i in range(3):
            angle = torch.tensor(t / 10000 ** (2 * i / 6))
            torch.testing.assert_close(waves[t, 2 * i : 2 * i + 2], torch.stack([angle.sin(), angle.cos()]))


def test_with_heads_as_wide_as_all_it_is_torchs_attention() -> None:
    x = given(7, 12)
    ours = module_of("GroupedQueryAttention", (7, 12), num_heads=3, num_kv_heads=3, head_dim=4, causal=True)
    theirs = nn.MultiheadAttention(12, 3, bias=False, batch_first=True)
    with torch.no_grad():
        projections: list[Tensor] = [ours.get_parameter(f"{name}_proj.weight") for name in "qkv"]
        theirs.in_proj_weight.copy_(torch.cat(projections))
        theirs.out_proj.weight.copy_(ours.get_parameter("o_proj.weight"))
    mask = torch.ones(7, 7, dtype=torch.bool).triu(1)
    torch.testing.assert_close(ours(x), theirs(x, x, x, attn_mask=mask, need_weights=False)[0])


def test_heads_that_share_keys_are_torchs_grouped_queries() -> None:
    ours, x = module_of("GroupedQueryAttention", (7, 12), num_heads=4, num_kv_heads=2, head_dim=5), given(7, 12)
    q, k, v = (ours.get_submodule(f"{name}_proj")(x).unflatten(2, (-1, 5)).transpose(1, 2) for name in "qkv")
    y = nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    torch.testing.assert_close(ours(x), ours.get_submodule("o_proj")(y.transpose(1, 2).flatten(2)))


def test_rotary_positions_turn_by_the_distance_alone() -> None:
    """The product of a query and a key depends on how far apart they stand, and not on where."""
    turned: Any = module_of("GroupedQueryAttention", (9, 8), head_dim=8, rotary=True).turned
    one = torch.randn(8, generator=torch.Generator().manual_seed(1)).expand(1, 1, 9, 8)
    other = torch.randn(8, generator=torch.Generator().manual_seed(2)).expand(1, 1, 9, 8)
    scores = (turned(one) @ turned(other).transpose(-2, -1))[0, 0]
    for apart in range(-8, 9):
        along = scores.diagonal(apart)
        torch.testing.assert_close(along, along[:1].expand_as(along))
    assert not torch.allclose(scores[0, 0], scores[0, 3])


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("Reshape", {"sizes": [5, -1]}, "192 numbers come in, which can't be shared out among 5 evenly."),
        ("Reshape", {"sizes": [4, 6]}, "192 numbers come in, and the sizes make 24 of them."),
        ("Reshape", {"sizes": [-1, -1]}, "Each size is at least 1, and only one can be −1, what is left."),
        ("Permute", {"dims": [2, 1]}, "4 × 6 × 8 has 3 axes, so the order names each number from 1 to 3 once."),
        ("Squeeze", {"dim": 2}, "Axis 2 of 4 × 6 × 8 has size 6; only one of size 1 can be left out."),
        ("Slice", {"start": 3, "length": 2}, "Axis 1 of 4 × 6 × 8 has 4 positions; 2 from number 3 on are too many."),
        ("Chunk", {"chunks": 3}, "Axis 1 of 4 × 6 × 8 can't be cut into 3 equal parts."),
        ("Patches", {"patch_size": [3, 3]}, "Patches of 3 do not divide 8 pixels evenly."),
        ("Crop2d", {"padding": 3}, "Nothing would be left of 4 × 6 × 8; cut less off."),
        (
            "ReflectionPad2d",
            {"padding": [8, 0, 0, 0]},
            "A mirror shows at most 7 of 8 pixels on a side; the padding is 8.",
        ),
    ],
)
def test_what_can_not_be_arranged_so_is_said(kind: str, options: dict[str, Any], said: str) -> None:
    message = LAYERS[kind].checked({"name": "a", **options}).unfit(IMAGE)
    assert message is not None and message.text() == said


def test_an_image_has_four_sides() -> None:
    with pytest.raises(Refusal) as refused:
        LAYERS["ZeroPad2d"].checked({"name": "a", "padding": [1, 2]})
    assert refused.value.message.text() == "There are 4 sides: left, right, top and bottom; these are 2 numbers."
