"""What makes a network fit where its plan ends: another option, a layer before the one that fails, or a first layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import isqrt

from builder.core.messages import Message
from builder.core.options import Refusal
from builder.layers import Layer, Shape
from builder.layers.blocks import Block, Branches, Residual, Shortcut
from builder.layers.convolution import Conv2d
from builder.layers.embedding import Embedding
from builder.layers.linear import Linear
from builder.layers.shape import Flatten, Unflatten
from builder.layers.shapes import numel
from builder.network.inputs import Image, Input, Tokens
from builder.network.spec import INPUT, NetworkSpec
from builder.network.step import Problem

Mend = Callable[[NetworkSpec], NetworkSpec]
"""An edit of the network that was looked at. As any edit it raises `Gone` or `Refusal` where it can't be made."""


@dataclass(frozen=True)
class Fix:
    """An edit that mends a problem, and what it is called; `kind` says of which kind it is."""

    kind: str
    label: Message
    mend: Mend


def fix_of(spec: NetworkSpec, problem: Problem) -> Fix | None:
    """The obvious mend of `problem`, with which the plan of `spec` ends; None if there is none."""
    if problem.path == INPUT:
        return _first_layer(spec)
    if problem.instead is not None:
        return _option(spec, problem.path, problem.instead)
    missing = _missing(spec, problem)
    return _before(spec, problem.path, missing) if missing else None


def _first_layer(spec: NetworkSpec) -> Fix:
    """The layer that a network with this input usually begins with."""
    dense = Linear(name=spec.fresh_name(Linear), out_features=3)
    usual: dict[type[Input], Layer] = {
        Image: Conv2d(name=spec.fresh_name(Conv2d), out_channels=8, padding=1),
        Tokens: Embedding(name=spec.fresh_name(Embedding)),
    }
    layer = usual.get(type(spec.input), dense)
    if layer.unfit(spec.input.shape):
        layer = Flatten(name=spec.fresh_name(Flatten))
    label = Message("Add a dense layer") if layer is dense else Message("Add {kind}", kind=layer.kind)
    return Fix("empty", label, lambda edited: edited.inserted(layer, INPUT))


def _option(spec: NetworkSpec, path: str, instead: Layer) -> Fix:
    """The same layer with the options that make it fit."""
    old = spec.layer(path)
    changes = [f"{name} = {value}" for name, value in instead if value != getattr(old, name)]
    label = Message("Set {changes}", changes=", ".join(changes))
    if isinstance(instead, Residual):
        label = Message("Add a shortcut that fits to {name}", name=old.name)
    return Fix("option", label, lambda edited: edited.replaced(path, instead))


def _before(spec: NetworkSpec, path: str, missing: Layer) -> Fix:
    """`missing` in front of the layer at `path`."""
    label = Message("Add {kind} before {name}", kind=missing.kind, name=path)
    before = _outermost_first(spec, path)
    return Fix(missing.kind.lower(), label, lambda edited: edited.exchanged({before: (missing, edited.layer(before))}))


def _missing(spec: NetworkSpec, problem: Problem) -> Layer | None:
    """The layer before which the failing one would fit."""
    failing, shape = spec.layer(problem.path), problem.shape
    if not shape or isinstance(failing, Block):
        return None
    fits = (layer for layer in _candidates(spec, shape) if layer.unfit(shape) is None)
    return next((layer for layer in fits if failing.unfit(layer.output_shape(shape)) is None), None)


def _candidates(spec: NetworkSpec, shape: Shape) -> Iterator[Layer]:
    yield Embedding(name=spec.fresh_name(Embedding))
    yield Flatten(name=spec.fresh_name(Flatten))
    side = isqrt(numel(shape))
    with suppress(Refusal):  # a side may be longer than any layer makes one
        yield Unflatten.checked({"name": spec.fresh_name(Unflatten), "height": side, "width": side})


def _outermost_first(spec: NetworkSpec, path: str) -> str:
    """The layer at `path`, or the block around it of which it is the first: what is put before that comes before all of it."""
    parent = path.rpartition(".")[0]
    block = spec.layer(parent) if parent else None
    if not isinstance(block, Block) or isinstance(block, Shortcut):  # a shortcut is no layer that another is put before
        return path
    first = isinstance(block, Branches) or block.layers[0] is spec.layer(path)
    return _outermost_first(spec, parent) if first else path
