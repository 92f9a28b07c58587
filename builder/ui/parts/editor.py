"""The list of layers, and the gestures that add to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from builder.analysis.fitting import PASSING, weights_of
from builder.core.messages import Message
from builder.core.palette import FAMILY_COLORS
from builder.initializers import Default
from builder.layers import LAYERS, Family, Layer, Shape, kinds
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.layers.shapes import format_shape
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec, sibling
from builder.ui.components.layer_list import Event, Labels, Row, layer_list, rows_piece, words_piece
from builder.ui.components.panel import Item, button, line, panel
from builder.ui.components.sheet import Node
from builder.ui.parts import fields
from builder.ui.state import opened, session
from builder.ui.state.remembered import remembered

NEW_ACTIVATION = "with"  # the view that says which activation a new dense layer gets
WRAPPING: dict[str, type[Block]] = {kind.kind: kind for kind in (Group, Residual, Branches, Repeat)}
WRAPS = {
    "Sequential": Message("Group"),
    "Residual": Message("Residual"),
    "Branches": Message("Branches"),
    "Repeat": Message("Repeat"),
}
LIST_HEIGHT = "18.2rem"  # seven rows, the tutorial network; more scroll
BETWEEN = "between"
ACTIVATIONS = {BETWEEN: Message("ReLU between layers"), "": Message("no activation")} | {
    kind.kind: Message("with {activation}", activation=kind.kind) for kind in kinds("activation", "output")
}

FAMILY_LABELS: dict[Family, Message] = {
    "dense": Message("Fully connected"),
    "activation": Message("Activation"),
    "output": Message("Probabilities"),
    "convolution": Message("Convolution"),
    "pooling": Message("Pooling"),
    "normalization": Message("Normalization"),
    "regularization": Message("Dropout"),
    "shape": Message("Shape"),
    "embedding": Message("Embedding"),
    "recurrent": Message("Recurrent"),
    "attention": Message("Attention and gates"),
}  # of what can be added, in the order of the list


def show(plan: Plan) -> None:
    """The list with the selected layer marked, and below it the two ways to add a layer behind that one."""
    layer_list(
        remembered("layer_list", _rows, plan, opened.closed(plan.spec)),
        remembered("layer_list", _words),
        selected=session.selected(),
        key="layer_list",
        wraps=WRAPS,
        paths=lambda: (INPUT, *session.experiment().network.paths),
        on_event=on_event,
    )
    panel(remembered("add", _ways_to_add), key="add")


def _rows(plan: Plan, closed: frozenset[str]) -> Node:
    return rows_piece(rows(plan, closed))


def _words() -> Node:
    return words_piece(_labels(), FAMILY_COLORS, session.say_each(WRAPS), LIST_HEIGHT)


def _ways_to_add() -> list[Item]:
    """A dense layer with its activation, or any other."""
    activation = fields.view(
        NEW_ACTIVATION, Message("Activation of the new layer"), ACTIVATIONS, BETWEEN, as_list=True, bare=True
    )
    dense = button("dense", session.say(Message("+ Dense layer")), _add_dense, main=True)
    of_all = [kind for family in FAMILY_LABELS for kind in kinds(family)]
    under = {kind.kind: FAMILY_LABELS[kind.family] for kind in of_all}
    other = fields.action("other", Message("+ Other layer …"), {kind.kind: kind.label for kind in of_all}, add, under)
    return [line(activation, dense), other]


def rows(plan: Plan, closed: Collection[str] = ()) -> list[Row]:
    """The rows of the list: the input, then every layer that is in no `closed` block, with its problem if it has one."""
    first = Row(
        INPUT,
        session.say(Message("Input")),
        session.say(plan.spec.input.in_words()),
        format_shape(plan.input_shape),
        "–",
        0.0,
        "input",
        fixed=True,
    )
    seen = ((path, layer) for path, layer in plan.spec.by_path.items() if not opened.hidden(path, closed))
    return [first, *(_row(plan, path, layer, is_open=path not in closed) for path, layer in seen)]


def _row(plan: Plan, path: str, layer: Layer, *, is_open: bool) -> Row:
    step, problem = plan.step(path), plan.problem
    row = Row(
        path,
        layer.name,
        _kind(layer),
        "",
        "–",
        0.0,
        layer.family,
        depth=path.count("."),
        group=isinstance(layer, Block),
        open=is_open,
    )
    if step is None:
        failing = problem is not None and (
            problem.path == path or (not is_open and problem.path.startswith(f"{path}."))
        )
        said = session.say(Message("does not fit")) if failing else None  # the hint says why, with the mend
        return replace(row, problem=said, pale=not failing)
    return replace(
        row,
        shapes=f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}",
        parameters=f"{step.count:,}" if step.count else "–",
        share=step.count / plan.count if plan.count else 0.0,
    )


def _kind(layer: Layer) -> str:
    """The kind, and what was chosen for its weights: `Linear · Xavier uniform`."""
    chosen = layer.initial().get("weight")
    parts = [layer.kind]
    if chosen is not None and not isinstance(chosen, Default):
        parts.append(session.say(chosen.label))
    if layer.frozen:
        parts.append(session.say(Message("frozen")))
    return " · ".join(parts)


def on_event(event: Event) -> None:
    """Carry out what was done in the list."""
    path, paths = event.path, event.paths
    match event.type:
        case "select":
            session.select(path)
        case "remove":
            session.edit(lambda e: e.with_network(e.network.removed(*paths)))
        case "duplicate":
            session.edit(lambda e: e.with_network(e.network.duplicated(*paths)))
        case "wrap":
            first = min(map(session.experiment().network.paths.index, paths))
            kind = WRAPPING[event.kind]
            session.edit(lambda e: e.with_network(e.network.wrapped(*paths, kind=kind)), place=first)
        case "unwrap":
            session.edit(lambda e: e.with_network(e.network.unwrapped(path)))
        case "toggle":
            opened.toggle(path)
        case "move":
            to = _among_all(path, event.to)
            session.edit(lambda e: e.with_network(e.network.moved(path, to, event.depth)), place=to)


def _among_all(path: str, to: int) -> int:
    """The place `to` among the other rows as a place among all other layers, those inside closed blocks too."""
    network = session.experiment().network
    closed, others = opened.closed(network), network.removed(path).paths
    seen = [other for other in others if not opened.hidden(other, closed)]
    return others.index(seen[to]) if to < len(seen) else len(others)


def add(kind: str, after: str | None = None) -> None:
    """Put a layer of `kind` behind the layer at `after`, by default the selected one."""
    place = session.selected() if after is None else after
    layer = _new(kind, after=place)
    session.edit(lambda e: e.with_network(e.network.inserted(layer, place)), select=sibling(place, layer.name))


def insert(after: str) -> None:
    """Put what usually comes next behind the layer at `after`: a convolution that keeps an image's shape, or a Linear layer."""
    shape = _leaving(after) or session.experiment().network.input.shape
    layer = _new(Conv2d.kind if len(shape) == 3 else Linear.kind, after)
    session.edit(lambda e: e.with_network(e.network.inserted(layer, after)), select=sibling(after, layer.name))


def _add_dense() -> None:
    """Put a Linear layer behind the selected layer's activation, with the activation that is chosen beside the button."""
    selected, activation = session.selected(), session.view(NEW_ACTIVATION, BETWEEN, ACTIVATIONS)
    network = session.experiment().network
    layer = _layer(selected)
    behind = (isinstance(layer, Linear) and network.activation(selected)) or selected
    linear = Linear(
        name=network.fresh_name(Linear), out_features=layer.out_features if isinstance(layer, Linear) else 3
    )
    before, after = joined(network, behind) if activation == BETWEEN else ((), (activation,) if activation else ())

    def change(experiment: Experiment) -> Experiment:
        spec, at = experiment.network, behind
        for kind in (*before, None, *after):
            new = linear if kind is None else LAYERS[kind](name=spec.fresh_name(LAYERS[kind]))
            spec, at = spec.inserted(new, at), sibling(at, new.name)
        return experiment.with_network(spec)

    session.edit(change, select=sibling(behind, linear.name))


def joined(network: NetworkSpec, behind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The activations that a new dense layer behind that at `behind` needs before and after it: one between two layers with weights.

    So the last layer has none, and its scores are the network's answer as they are.
    """
    parent, _, name = behind.rpartition(".")
    level = network.level(parent) if behind != INPUT else network.layers
    at = 1 + [layer.name for layer in level].index(name) if behind != INPUT else 0
    return _between(level[:at][::-1]), _between(level[at:])


def _between(level: Sequence[Layer]) -> tuple[str, ...]:
    """ReLU if the first of `level` that calculates is a layer with weights."""
    first = next((layer for layer in level if layer.family not in (*PASSING, "normalization")), None)
    return ("ReLU",) if first is not None and weights_of(first) is not None else ()


def _new(kind: str, after: str) -> Layer:
    return LAYERS[kind].arriving(session.experiment().network.fresh_name(LAYERS[kind]), _leaving(after))


def _leaving(path: str) -> Shape | None:
    """The shape that leaves the layer at `path`, or the input; None where a layer before it does not fit."""
    network = session.experiment().network
    step = make_plan(network).step(path)
    return network.input.shape if path == INPUT else step.output_shape if step else None


def _layer(path: str) -> Layer | None:
    return session.experiment().network.layer(path) if path != INPUT else None


def _labels() -> Labels:
    """The list's own words; the component fills in the names in braces."""
    name = {"name": "{name}"}
    return Labels(
        list=session.say(Message("Layers")),
        parameters=session.say(Message("parameters")),
        remove=session.say(Message("Remove {name}", **name)),
        duplicate=session.say(Message("Duplicate {name}", **name)),
        up=session.say(Message("Move {name} up", **name)),
        down=session.say(Message("Move {name} down", **name)),
        moved=session.say(Message("{name} is now layer {place} of {count}.", **name, place="{place}", count="{count}")),
        removed=session.say(Message("{name} is removed.", **name)),
        marked=session.say(Message("{n} selected", n="{n}")),
        remove_all=session.say(Message("Remove")),
        duplicate_all=session.say(Message("Duplicate")),
        wrap=session.say(Message("Put {name} into a block", **name)),
        wrap_all=session.say(Message("Wrap in")),
        open=session.say(Message("Open {name}", **name)),
        close=session.say(Message("Close {name}", **name)),
        unmark=session.say(Message("Clear the selection")),
        unwrap=session.say(Message("Take {name} apart", **name)),
    )
