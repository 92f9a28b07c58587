"""What is built to give back its input, in another size than that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from builder.analysis.advising import Advice, setting
from builder.core.messages import Message
from builder.layers.shape import PixelShuffle, Unflatten, Upsample
from builder.layers.shapes import format_shape, numel
from builder.layers.transposed import ConvTranspose2d
from builder.network.inputs import Image
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step

TRIED = 64  # ways to set the output padding


def other_size(plan: Plan) -> Advice | None:
    """An image made small and large again that does not come back in its size. A loss compares pixel with pixel."""
    before, after = plan.input_shape, plan.output_shape
    alike = len(after) == len(before) == 3 and before[0] == after[0] and isinstance(plan.spec.input, Image)
    if not alike or tuple(before) == tuple(after) or not _narrows_and_widens(plan):
        return None
    message = Message(
        "It looks as if the network should give its image back, but {before} comes in and {after} goes out. A loss compares "
        "the two pixel by pixel, so they need the same size.",
        before=format_shape(before),
        after=format_shape(after),
    )
    last = [step.path for step in plan.steps if _widens(step)][-1]
    tried = (setting("output_padding", values) for values in islice(_paddings(plan), TRIED))
    fitting = next((mend for mend in tried if _comes_back(mend(plan.spec))), None)
    if fitting is None:
        return Advice("other_size", (last,), message)
    label = Message("Set output_padding so that the sizes agree")
    return Advice("other_size", (last,), message, label, fitting)


def _widens(step: Step) -> bool:
    larger = numel(step.output_shape[1:]) > numel(step.input_shape[1:])
    return isinstance(step.layer, Unflatten) or (
        isinstance(step.layer, ConvTranspose2d | Upsample | PixelShuffle) and larger
    )


def _narrows_and_widens(plan: Plan) -> bool:
    """Does a layer make the image smaller, or a vector of it, and a later one make it larger again?"""
    small = [n for n, step in enumerate(plan.steps) if numel(step.output_shape[1:]) < numel(step.input_shape[1:])]
    large = [n for n, step in enumerate(plan.steps) if _widens(step)]
    return bool(small and large) and small[0] < large[-1]


def _paddings(plan: Plan) -> Iterator[dict[str, int]]:
    """Every output padding that the strides allow, by the paths of the layers; that of the last ones changes first."""
    strides = {step.path: max(step.layer.steps) for step in plan.steps if isinstance(step.layer, ConvTranspose2d)}
    return (dict(zip(strides, chosen, strict=True)) for chosen in product(*map(range, strides.values())))


def _comes_back(spec: NetworkSpec) -> bool:
    plan = make_plan(spec)
    return plan.problem is None and tuple(plan.output_shape) == tuple(plan.input_shape)
