"""Every choice that is offered is the network that its words say, or a sentence that says why not."""

from __future__ import annotations

import pytest
from hypothesis import given

from builder.analysis.comparison import ASPECTS, FIRST, MOST, SAME, Aspect, offered, variant
from builder.analysis.variants import hidden_depth
from builder.core.options import Refusal
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.strategies import networks

DEEP = PRESETS["deep_relu"].experiment.network


@pytest.mark.parametrize("aspect", ASPECTS)
def test_each_choice_is_another_network_of_the_same_input_and_seed(aspect: Aspect) -> None:
    words = offered(DEEP, aspect)
    assert set(FIRST[aspect]) <= set(words) and 2 <= len(FIRST[aspect]) <= MOST
    assert len({message.text() for message in words.values()}) == len(words)
    plan = make_plan(DEEP)
    made = {word: variant(plan, aspect, word) for word in words}
    assert made.pop(SAME) == DEEP
    for network in made.values():
        assert (network.input, network.seed, make_plan(network).problem) == (DEEP.input, DEEP.seed, None)
    assert len(set(made.values())) == len(made)


def test_the_choices_do_what_they_say() -> None:
    plan = make_plan(DEEP)
    assert hidden_depth(variant(plan, "depth", "20")) == 20
    assert {layer.kind for layer in variant(plan, "activation", "Tanh").layers} == {"Linear", "Tanh", "Softmax"}
    one = variant(plan, "both", "zeros_-Tanh").layer("linear1").model_dump(mode="json")
    assert one["weight_init"] == {"kind": "zeros_"}
    assert list(offered(NetworkSpec(), "depth")) == [SAME]


@given(networks())
def test_any_network_can_be_compared_or_is_refused_with_a_sentence(network: NetworkSpec) -> None:
    plan = make_plan(network)
    for aspect in ASPECTS:
        for word in list(offered(network, aspect))[::5]:
            try:
                variant(plan, aspect, word)
            except Refusal as refusal:
                assert refusal.message.text()
