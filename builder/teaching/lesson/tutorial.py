"""The tutorial's network, layer by layer: what a student's network lacks of it, and the edits that build it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from builder.core.messages import Message, counted
from builder.initializers import Initializer
from builder.layers import LAYERS, Layer
from builder.layers.linear import Linear
from builder.layers.shapes import numel
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec, sibling
from builder.zoo.presets import PRESETS


@dataclass(frozen=True)
class Part:
    """A dense layer of the tutorial's network with the activation behind it, and what the lesson calls it."""

    place: int  # among the dense layers
    called: Message
    linear: Linear
    activation: type[Layer]
    checks_weights: bool = True
    checks_name: bool = False


TUTORIAL = PRESETS["tutorial"].experiment.network
_LINEARS = [layer for layer in TUTORIAL.layers if isinstance(layer, Linear)]
_ACTIVATIONS = [LAYERS[layer.kind] for layer in TUTORIAL.layers if not isinstance(layer, Linear)]
FIRST = Part(0, Message("first layer"), _LINEARS[0], _ACTIVATIONS[0])
SECOND = Part(1, Message("second layer"), _LINEARS[1], _ACTIVATIONS[1])
OUT = Part(2, Message("output layer"), _LINEARS[2], _ACTIVATIONS[2], checks_weights=False, checks_name=True)
PARTS = (FIRST, SECOND, OUT)


def dense_paths(spec: NetworkSpec) -> list[str]:
    """The paths of the dense layers, in their order."""
    return [path for path, layer in spec.by_path.items() if isinstance(layer, Linear)]


def path_of(part: Part) -> Callable[[NetworkSpec], str]:
    """Where the layer is that stands for `part`."""
    return lambda spec: dense_paths(spec)[part.place]


def _lacks(part: Part, spec: NetworkSpec) -> list[Message]:
    """What the student's layer at the place of `part` has not got."""
    paths = dense_paths(spec)
    if len(paths) <= part.place:
        return [Message("Your network has no {layer} yet.", layer=part.called)]
    path = paths[part.place]
    layer = spec.layer(path)
    assert isinstance(layer, Linear)  # by what `dense_paths` finds
    wanted, found = part.linear, []
    if layer.out_features != wanted.out_features:
        found.append(
            counted(
                "Your {layer} has {n} neuron; the tutorial's has {wanted}.",
                "Your {layer} has {n} neurons; the tutorial's has {wanted}.",
                n=layer.out_features,
                layer=part.called,
                wanted=wanted.out_features,
            )
        )
    if not layer.bias:
        found.append(Message("Your {layer} has no biases; the tutorial's has one a neuron.", layer=part.called))
    if layer.frozen:
        found.append(Message("Your {layer} is frozen; switch Trainable on at the right.", layer=part.called))
    if part.checks_weights and layer.weight_init != wanted.weight_init:
        found.append(_other_weights(part, layer.weight_init))
    if wrong := _other_activation(part, spec, path):
        found.append(wrong)
    if part.checks_name and layer.name != wanted.name:
        found.append(
            Message(
                "Your {layer} is called {name}; call it {wanted}.",
                layer=part.called,
                name=layer.name,
                wanted=wanted.name,
            )
        )
    return found


def _other_activation(part: Part, spec: NetworkSpec, path: str) -> Message | None:
    behind = spec.activation(path)
    kind = spec.layer(behind).kind if behind else None
    if kind is None:
        return Message(
            "No activation follows your {layer}; the tutorial's has {wanted}.",
            layer=part.called,
            wanted=part.activation.kind,
        )
    if kind == part.activation.kind:
        return None
    return Message(
        "{kind} follows your {layer}; the tutorial's has {wanted}.",
        kind=kind,
        layer=part.called,
        wanted=part.activation.kind,
    )


def _other_weights(part: Part, chosen: Initializer) -> Message:
    wanted = part.linear.weight_init
    if chosen.kind == wanted.kind:
        return Message(
            "In your {layer}, the options of {weights} are not the usual ones.", layer=part.called, weights=wanted.label
        )
    return Message(
        "The weights of your {layer} start out as {chosen}; the tutorial's as {wanted}.",
        layer=part.called,
        chosen=chosen.label,
        wanted=wanted.label,
    )


def _built(part: Part, spec: NetworkSpec) -> NetworkSpec:
    """With the dense layer of `part` and its activation, whatever was in their place; a name that was given stays.

    The layers before it that are not there yet are built, too.
    """
    for earlier in PARTS[len(dense_paths(spec)) : part.place]:
        spec = _built(earlier, spec)
    paths, wanted = dense_paths(spec), part.linear
    if len(paths) > part.place:
        path = paths[part.place]
        options: dict[str, object] = {"out_features": wanted.out_features, "bias": True, "trainable": True}
        options |= {"weight_init": wanted.weight_init} if part.checks_weights else {}
        layer = spec.layer(path)
        for name, value in options.items():
            layer = layer.with_option(name, value)
        spec = spec.replaced(path, layer)
    else:
        path = wanted.name if wanted.name not in spec.paths else spec.fresh_name(Linear)
        spec = spec.with_layers((*spec.layers, wanted.with_option("name", path)))
    return spec.activated(path, part.activation)


def missing_first(plan: Plan) -> list[Message]:
    inputs, wanted = numel(plan.input_shape), numel(TUTORIAL.input.shape)
    unlike = counted(
        "Your network takes {n} input feature; the tutorial's takes {wanted}.",
        "Your network takes {n} input features; the tutorial's takes {wanted}.",
        n=inputs,
        wanted=wanted,
    )
    return [*([unlike] if inputs != wanted else []), *_lacks(FIRST, plan.spec)]


def build_first(spec: NetworkSpec) -> NetworkSpec:
    return _built(FIRST, spec.model_copy(update={"input": TUTORIAL.input}))


def missing_others(plan: Plan) -> list[Message]:
    others = _others(plan.spec)
    more = counted(
        "Your network has {n} layer that the tutorial's has not: {first}.",
        "Your network has {n} layers that the tutorial's has not, the first is {first}.",
        n=len(others),
        first=next(iter(others), ""),
    )
    return [*_lacks(SECOND, plan.spec), *_lacks(OUT, plan.spec), *([more] if others else [])]


def build_others(spec: NetworkSpec) -> NetworkSpec:
    spec = _built(OUT, _built(SECOND, spec))
    if others := _others(spec):
        spec = spec.removed(*others)
    path, name = dense_paths(spec)[OUT.place], OUT.linear.name
    taken = sibling(path, name)
    if taken != path and taken in spec.paths:
        spec = spec.renamed(taken, spec.fresh_name(type(spec.layer(taken))))
    return spec.renamed(dense_paths(spec)[OUT.place], name)


def _others(spec: NetworkSpec) -> list[str]:
    """The paths of what is neither one of the three dense layers nor the activation right behind it, nor a group of these."""
    dense = dense_paths(spec)[: len(PARTS)]
    own = {path for linear in dense for path in (linear, spec.activation(linear)) if path}
    return [path for path in spec.paths if not any(f"{kept}.".startswith(f"{path}.") for kept in own)]
