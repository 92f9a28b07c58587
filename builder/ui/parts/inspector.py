"""The selected layer: its options, what they come to, and why."""

from __future__ import annotations

from typing import Any

from builder.analysis.summary import arithmetic, multiplications, sum_line
from builder.core.messages import Message
from builder.core.options import Option, options_of
from builder.initializers import Initializer, registry_of
from builder.layers import LAYERS, Layer, kinds
from builder.layers.blocks import Block, Residual, Shortcut
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import INPUTS, Features
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.ui.components.panel import Item, button, card, heading, line, panel, text
from builder.ui.parts import fields, naming, receptive_view
from builder.ui.parts.fields import Apply
from builder.ui.state import session

ACTIVATIONS = {"": Message("none")} | {kind.kind: kind.label for kind in kinds("activation", "output")}


def show(plan: Plan) -> None:
    """The form of the selected layer, or of the input."""
    panel(form(plan), key="layer")


def form(plan: Plan) -> list[Item]:
    """What `show` shows: fields for every option, and an explanation."""
    path = session.selected()
    return _input(plan) if path == INPUT else _layer(plan, path, plan.spec.layer(path))


def _input(plan: Plan) -> list[Item]:
    chosen = plan.spec.input
    said = Message("Data, not parameters: the input is what the network is shown; the weights are what it learns.")
    items = [
        heading(session.say(Message("Input"))),
        fields.choice(
            "input",
            Message("Kind"),
            chosen.kind,
            {kind: each.label for kind, each in INPUTS.items()},
            _set_input,
            chosen.summary,
        ),
        *fields.options("input", options_of(type(chosen)), chosen, _set_input_option),
        *([naming.field("features")] if isinstance(chosen, Features) else []),
        naming.field("classes"),
        _card(said, [], []),
    ]
    if plan.spec.layers:
        counts = f"{sum_line(step.count for step in plan.steps)} = {plan.count:,}"
        items.append(_card(Message("All layers together"), [counts], []))
    return items


def _layer(plan: Plan, path: str, layer: Layer) -> list[Item]:
    name = fields.word(f"{session.field_prefix()}:name", Message("Name"), layer.name, _rename(path))
    head = [heading(path), text(session.say(layer.label), "kind"), name]
    return [*head, *_options(plan, path, layer), *_explained(plan, path, layer)]


def _options(plan: Plan, path: str, layer: Layer) -> list[Item]:
    key = session.field_prefix()
    if isinstance(layer, Linear):
        return _linear(plan, path, layer)
    options = options_of(type(layer))
    items = [field for option in options if option.type is not bool for field in _option(path, layer, option)]
    switches = [field for option in options if option.type is bool for field in _option(path, layer, option)]
    items += [line(*switches[at : at + 2]) for at in range(0, len(switches), 2)]
    if layer.family in ("activation", "output"):
        return [fields.choice(f"{key}:kind", Message("Kind"), layer.kind, _without_none(), _swap(path)), *items]
    return [*items, *(_block_actions(path, layer) if isinstance(layer, Block) else [])]


def _option(path: str, layer: Layer, option: Option) -> list[Item]:
    """The field of an option; an initializer with its own options below it, and none for biases that there are not."""
    if option.name.endswith("_init"):
        without = option.name == "bias_init" and not getattr(layer, "bias", True)
        return [] if without else _initializer(path, layer, option.name, option.label)
    return fields.options(session.field_prefix(), [option], layer, lambda name: _set_option(path, name))


def _block_actions(path: str, block: Block) -> list[Item]:
    apart = button("unwrap", session.say(Message("Take the block apart")), lambda: _unwrap(path))
    if isinstance(block, Residual) and block.shortcut is None:
        return [
            button(
                "shortcut", session.say(Message("Add a shortcut with layers of its own")), lambda: _add_shortcut(path)
            ),
            apart,
        ]
    return [apart]


def _add_shortcut(path: str) -> None:
    def change(experiment: Experiment) -> Experiment:
        network = experiment.network
        shortcut = Shortcut(name=network.fresh_name(Shortcut))
        return experiment.with_network(
            network.replaced(path, network.layer(path).with_option("layers", (*network.level(path), shortcut)))
        )

    session.edit(change)


def _linear(plan: Plan, path: str, layer: Linear) -> list[Item]:
    key, options = session.field_prefix(), {option.name: option for option in options_of(Linear)}
    behind = plan.spec.activation(path)
    activation = plan.spec.layer(behind).kind if behind else ""

    def shown(*names: str) -> list[Item]:
        return fields.options(key, [options[name] for name in names], layer, lambda name: _set_option(path, name))

    return [
        *shown("out_features"),
        fields.choice(f"{key}:activation", Message("Activation"), activation, ACTIVATIONS, _activate(path)),
        *_option(path, layer, options["weight_init"]),
        *_option(path, layer, options["bias_init"]),
        line(*shown("bias", "trainable")),
    ]


def _initializer(path: str, layer: Layer, field: str, label: Message) -> list[Item]:
    """The choice of an initializer, and below it the options of the chosen one."""
    chosen: Initializer = getattr(layer, field)
    registry = registry_of(type(layer), field)
    key = f"{session.field_prefix()}.{field}"
    labels = {kind: initializer.label for kind, initializer in registry.items()}

    def choose(experiment: Experiment, kind: str) -> Experiment:
        return _replace(experiment, path, field, registry[kind]())

    choice = fields.choice(key, label, chosen.kind, labels, choose, chosen.summary)
    options = options_of(type(chosen))
    return [choice, *fields.options(key, options, chosen, lambda name: _set_initializer_option(path, field, name))]


def _explained(plan: Plan, path: str, layer: Layer) -> list[Item]:
    """What the layer does, what its parameters come to, and how they start out."""
    step = plan.step(path)
    if step is None and plan.problem is not None and plan.problem.path == path:
        return []  # the hint right below says why, with the mend
    if step is None:
        return [text(session.say(plan.why_not(path)), "refusal", "alert")]
    numbers = [session.say(arithmetic(step))] if step.count or step.shared_count else []
    macs = [session.say(Message("{formula} MACs a row", formula=formula))] if (formula := multiplications(step)) else []
    sight = [said] if (said := receptive_view.sentence(plan, path)) else []
    lines = [*macs, *sight, session.say(layer.summary), layer.chosen_formula]
    items = [_card(layer.in_words(step.input_shape), numbers, lines)]
    if isinstance(layer, Block):
        merged = layer.merge_said(step.input_shape, {part.layer.name: part.output_shape for part in step.parts})
        items += [text(session.say(merged))] if merged else []
    weights = next(iter(layer.initial().values()), None)
    if weights is not None:
        items.append(
            _card(weights.label, [], [session.say(weights.summary), weights.formula, session.say(weights.source)])
        )
    return items


def _card(title: Message, numbers: list[str], lines: list[str]) -> Item:
    return card([(session.say(title), ""), *((n, "number") for n in numbers), *((said, "small") for said in lines)])


def _without_none() -> dict[str, Message]:
    return {kind: label for kind, label in ACTIVATIONS.items() if kind}


def _set_input(experiment: Experiment, kind: str) -> Experiment:
    return experiment.with_network(experiment.network.with_option("input", INPUTS[kind]()))


def _set_input_option(name: str) -> Apply:
    def apply(experiment: Experiment, value: Any) -> Experiment:
        network = experiment.network
        return experiment.with_network(network.with_option("input", network.input.with_option(name, value)))

    return apply


def _unwrap(path: str) -> None:
    session.edit(lambda e: e.with_network(e.network.unwrapped(path)))


def _rename(path: str) -> Apply:
    def apply(experiment: Experiment, value: Any) -> Experiment:
        return experiment.with_network(experiment.network.renamed(path, value.strip()))

    return apply


def _set_option(path: str, name: str) -> Apply:
    return lambda experiment, value: _replace(experiment, path, name, value)


def _set_initializer_option(path: str, field: str, name: str) -> Apply:
    def apply(experiment: Experiment, value: Any) -> Experiment:
        initializer: Initializer = getattr(experiment.network.layer(path), field)
        return _replace(experiment, path, field, initializer.with_option(name, value))

    return apply


def _replace(experiment: Experiment, path: str, name: str, value: Any) -> Experiment:
    network = experiment.network
    return experiment.with_network(network.replaced(path, network.layer(path).with_option(name, value)))


def _activate(path: str) -> Apply:
    return lambda experiment, kind: experiment.with_network(
        experiment.network.activated(path, LAYERS[kind] if kind else None)
    )


def _swap(path: str) -> Apply:
    return lambda experiment, kind: experiment.with_network(experiment.network.swapped(LAYERS[kind], path))
