"""The form of each kind of layer and initializer, without a page: a field for every option, and what explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from builder.core.messages import LANGUAGES, Language
from builder.core.options import options_of
from builder.formats.link import to_token
from builder.initializers import WEIGHTS
from builder.layers import LAYERS
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.ui.components.panel import Item, flattened
from builder.ui.parts import inspector
from builder.ui.state import link, session
from tests.networks import of_every_kind

EVERY_LAYER = [(network, layer.name) for network in of_every_kind() for layer in network.layers]
Form = Callable[[NetworkSpec, str, Language], list[Item]]


@pytest.fixture
def form() -> Iterator[Form]:
    """`form(network, path, language)` is what a visitor sees who has selected the layer at `path`."""
    before = session._here.set(None)

    def shown(network: NetworkSpec, path: str, language: Language) -> list[Item]:
        said = {link.NETWORK: to_token(Experiment(network=network)), link.SELECTED: path, link.LANGUAGE: language}
        session._here.set(link.first_visit(said, "en"))
        return list(flattened(inspector.form(make_plan(network))))

    yield shown
    session._here.reset(before)


def words(form: list[Item]) -> str:
    return " ".join(str(item.data[part]) for item in form for part in ("text", "label") if part in item.data)


def test_every_kind_is_there() -> None:
    assert {network.layer(path).kind for network, path in EVERY_LAYER} == set(LAYERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("network", "path"), EVERY_LAYER, ids=[n.layer(p).kind for n, p in EVERY_LAYER])
def test_every_kind_has_a_form_with_its_formula_and_all_its_options(
    form: Form, network: NetworkSpec, path: str, language: Language
) -> None:
    shown, layer = form(network, path, language), network.layer(path)
    assert layer.label.text(language) in words(shown)
    assert layer.formula in words(shown) and layer.summary.text(language) in words(shown)
    fields = {item.name for item in shown}
    options = {option.name for option in options_of(type(layer))} - (
        set() if getattr(layer, "bias", True) else {"bias_init"}
    )
    assert {f"{path}.{name}" for name in options} | {f"{path}:name"} <= fields


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", WEIGHTS)
def test_every_initializer_has_a_form_with_its_formula_source_and_options(
    form: Form, kind: str, language: Language
) -> None:
    initializer = WEIGHTS[kind]
    layer = Linear(name="linear1", out_features=4, weight_init=initializer())
    shown = form(NetworkSpec(layers=(layer,)), "linear1", language)
    assert initializer.formula in words(shown) and initializer.source.text(language) in words(shown)
    fields = {item.name for item in shown}
    assert {f"linear1.weight_init.{option.name}" for option in options_of(initializer)} <= fields
