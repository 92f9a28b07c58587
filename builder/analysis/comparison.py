"""What a network can be compared under: choices of one thing, each by a word that a link can carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from builder.analysis.survey import CELLS, combination
from builder.analysis.variants import hidden_depth, with_activation, with_depth, with_factor, with_initializer
from builder.core.messages import Message
from builder.initializers import WEIGHTS
from builder.layers import LAYERS, kinds
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec

Aspect = Literal["initializer", "activation", "gain", "depth", "both"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
SAME = "same"  # the choice of what is there already
FEWEST, MOST = 2, 6  # variants at once

FACTORS = ("0.1", "0.25", "0.5", "0.8", "1.25", "1.5", "2", "3", "5", "10")
DEPTHS = ("1", "2", "3", "5", "8", "10", "15", "20", "30", "50", "100", "200", "300")

FIRST: Mapping[Aspect, tuple[str, ...]] = {
    "initializer": (SAME, "xavier_uniform_", "kaiming_normal_"),
    "activation": (SAME, "Tanh", "ReLU"),
    "gain": (SAME, "0.5", "2"),
    "depth": (SAME, "3", "10", "30"),
    "both": (SAME, "xavier_uniform_-Tanh", "kaiming_normal_-ReLU"),
}
"""What is compared before anything is chosen."""


def offered(spec: NetworkSpec, aspect: Aspect) -> dict[str, Message]:
    """The choices of `aspect` by their words, with their labels; one alone where the network has nothing to vary."""
    return {SAME: Message("as it is")} | _others(spec, aspect)


def _others(spec: NetworkSpec, aspect: Aspect) -> dict[str, Message]:
    match aspect:
        case "initializer":
            return {kind: initializer.label for kind, initializer in WEIGHTS.items()}
        case "activation":
            return {kind.kind: kind.label for kind in kinds("activation")}
        case "gain":
            return {factor: Message("weights × {factor}", factor=factor) for factor in FACTORS}
        case "depth" if hidden_depth(spec):
            return {depth: Message("hidden layers: {n}", n=int(depth)) for depth in DEPTHS}
        case "both":
            return {f"{weights}-{activation}": cell_label(weights, activation) for weights, activation in CELLS}
    return {}


def cell_label(weights: str, activation: str) -> Message:
    """What a combination of weights and activation is called."""
    return Message("{weights} · {activation}", weights=WEIGHTS[weights].label, activation=LAYERS[activation].label)


def variant(plan: Plan, aspect: Aspect, word: str) -> NetworkSpec:
    """The network of `plan` under the choice `word` of `aspect`. Raises `Refusal` where it can't be made."""
    if word == SAME:
        return plan.spec
    match aspect:
        case "initializer":
            return with_initializer(plan, WEIGHTS[word]())
        case "activation":
            return with_activation(plan, LAYERS[word])
        case "gain":
            return with_factor(plan, float(word))
        case "depth":
            return with_depth(plan.spec, int(word))
        case "both":
            return combination(plan, *word.split("-"))
