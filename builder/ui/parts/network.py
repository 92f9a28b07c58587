"""The drawing of the network, layer by layer or neuron by neuron, and the seed of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from builder.analysis.summary import arithmetic
from builder.core.messages import Message
from builder.core.options import options_of
from builder.drawing.boxes import INPUT_NODE
from builder.drawing.columns import column_of, first_column
from builder.drawing.layers import cluster_name
from builder.drawing.svg import Shapes
from builder.layers.shapes import format_shape, parameter_text
from builder.network.experiment import Batch, Experiment
from builder.network.plan import Plan
from builder.network.spec import INPUT, NetworkSpec
from builder.ui.components import sheet
from builder.ui.components.drawing import Drawing, Labels, drawing
from builder.ui.components.panel import Item, button, heading, line, panel, space
from builder.ui.components.panel import text as said
from builder.ui.parts import editor, fields
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import text
from builder.ui.state import cached, opened, session
from builder.ui.state.remembered import remembered

VIEW, ROW = "drawing", "row"  # the views that say which of these is drawn, and with the values of which row
VIEWS = {"layers": Message("By layer"), "neurons": Message("By neuron")}
HEIGHTS = ("21.4rem", "19.6rem")  # of the drawing alone, and below a sentence: the panel keeps its own
ROWS = 100  # of the batch that can be chosen; more make a list too long to look through
MIMES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "dot": "text/vnd.graphviz"}


@dataclass(frozen=True)
class Picture:
    """What the component shows, whichever view it is: see `components.drawing`."""

    svg: Shapes | None  # on a machine without Graphviz it may be missing
    dot: Callable[[], str]  # as Graphviz is given it
    nodes: Mapping[str, str]
    tips: Mapping[str, str]
    description: str
    blocks: Mapping[str, bool] = field(default_factory=dict)


def show(plan: Plan) -> None:
    """The choice of view, the seed of the weights, and the drawing."""
    batch = session.batch()
    asked = session.view(VIEW, "layers", VIEWS)
    view = asked if plan.is_sequential else "layers"
    rows = rows_of(batch) if view == "neurons" and plan.fits_budget(batch.rows) else {}
    bar = sheet.box("drawing_bar", "bar")
    with bar:
        panel(_bar(plan, rows), key="weights_seed", layout="bar")
    with boundary():  # where one view fails, the other can still be chosen
        selected, picture = _picture(plan, view, rows)
        with bar:
            _download(picture, view)
        why = _why_empty(plan, batch) if asked == "neurons" else None
        if why:
            sheet.html(text("p", session.say(why), "small", role="status"))
        _draw(picture, selected, inserts=view == "layers", height=HEIGHTS[bool(why)])


def _picture(plan: Plan, view: str, rows: Mapping[str, Message]) -> tuple[str, Picture]:
    """What is selected in the drawing, and the drawing, which is another only where it must be."""
    selected = session.selected()
    if view == "neurons":
        row, first = int(session.view(ROW, "0", rows)), first_column(plan, selected)
        return column_of(plan, selected), remembered("drawing", _neurons, plan, row, first)
    return selected, remembered("drawing", _layers, plan, opened.closed(plan.spec))


def _bar(plan: Plan, rows: Mapping[str, Message]) -> list[Item]:
    """The choice of view, of the row whose values the neurons show, and of the seed."""
    title = heading(session.say(Message("Network")))
    view = fields.view(VIEW, Message("View of the network"), VIEWS, "layers")
    row = [fields.view(ROW, Message("Row of the batch"), rows, "0", as_list=True, bare=True)] if rows else []
    seed = fields.number(
        "seed", Message("Seed"), plan.spec.seed, _set_seed, options_of(NetworkSpec)[0].help, width="9.4rem"
    )
    new = button("draw", session.say(Message("New weights")), _new_weights)
    return [title, view, *row, space(), seed, new]


def rows_of(batch: Batch) -> dict[str, Message]:
    """The rows of the batch that can be looked at, by their index."""
    count = batch.rows
    return {str(row): Message("Row {n} of {count}", n=row + 1, count=count) for row in range(min(count, ROWS))}


def _set_seed(experiment: Experiment, value: object) -> Experiment:
    return experiment.with_network(experiment.network.with_option("seed", value))


def _new_weights() -> None:
    session.edit(Experiment.redrawn)


def _download(picture: Picture, name: str) -> None:
    """A button whose panel gives the drawing as a file; each is made when it is asked for."""
    label = session.say(Message("Download the drawing"))  # read aloud; the icon is seen
    with sheet.popover("download_drawing", label, "⤓"):
        if not session.panel_is_open("download_drawing"):
            return
        dot = picture.dot()
        drawable = cached.svg(dot) is not None
        files = [
            button(f"download_{suffix}", suffix.upper(), partial(_keep, dot, name, suffix))
            for suffix in (MIMES if drawable else ("dot",))
        ]
        items = [heading(label), line(*files)]
        if not drawable:
            without = Message("SVG, PNG and PDF are made by the program Graphviz, which this server does not have.")
            items.append(said(session.say(without)))
        panel(items, key="drawing_files")


def _keep(dot: str, name: str, suffix: str) -> None:
    content = dot.encode() if suffix == "dot" else cached.file(dot, suffix)
    session.offer(f"{name}.{suffix}", MIMES[suffix], content)


def _layers(plan: Plan, closed: frozenset[str]) -> Picture:
    nodes = {INPUT_NODE: INPUT} | {path: path for path in plan.spec.paths}
    nodes |= {cluster_name(path): path for path in plan.spec.paths if plan.spec.level(path)}
    tips = _tips(plan)
    named = {title: tips[path] for title, path in nodes.items()}
    blocks = {path if path in closed else cluster_name(path): path not in closed for path in opened.blocks(plan.spec)}
    language = session.language()
    svg = cached.layers_svg(plan, language, closed)
    return Picture(svg, partial(cached.dot, plan, language, closed), nodes, named, describe(plan), blocks)


def _neurons(plan: Plan, row: int, first: int) -> Picture:
    drawn = cached.neurons(plan, session.batch(), row, first, session.language())
    return Picture(cached.svg(drawn.dot), lambda: drawn.dot, drawn.nodes, drawn.tips, drawn.description)


def _why_empty(plan: Plan, batch: Batch) -> Message | None:
    """Why the neurons are not drawn, or without values, if so."""
    if not plan.is_sequential:
        return Message("By neuron: only for flat vectors that go through one layer after the other; here by layer.")
    if plan.problem and plan.steps:
        return Message("The layers do not fit together yet, so there are no weights and values to show.")
    if plan.over_budget(batch.rows):
        return Message("This network is too large to run here, so there are no weights and values to show.")
    return None


def _draw(picture: Picture, selected: str, *, inserts: bool, height: str) -> None:
    if shown := remembered("drawing", _drawing, picture, inserts=inserts, height=height):
        drawing(
            shown,
            selected=selected,
            key="network_drawing",
            on_select=session.select,
            on_insert=editor.insert,
            on_toggle=opened.toggle,
        )
    else:
        sheet.graph(picture.dot(), picture.description)


def _drawing(picture: Picture, *, inserts: bool, height: str) -> Drawing | None:
    """None on a machine without Graphviz."""
    if picture.svg is None:
        return None
    return Drawing(
        picture.svg,
        nodes=picture.nodes,
        blocks=picture.blocks,
        tips=picture.tips,
        label=session.say(Message("Drawing of the network")),
        description=picture.description,
        labels=_labels(),
        inserts=inserts,
        height=height,
    )


def _labels() -> Labels:
    return Labels(
        zoom_in=session.say(Message("Zoom in")),
        zoom_out=session.say(Message("Zoom out")),
        fit=session.say(Message("Fit")),
        insert=session.say(Message("Insert a layer after {name}", name="{name}")),
        open=session.say(Message("Open {name}", name="{name}")),
        close=session.say(Message("Close {name}", name="{name}")),
    )


def describe(plan: Plan) -> str:
    """The drawing in words, for those who do not see it."""
    parts = [session.say(_input(plan))]
    for step in plan.steps[:50]:
        shapes = f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
        parts.append(f"{step.path}: {step.layer.kind}, {shapes}, {session.say(parameter_text(step.count))}.")
    return " ".join(parts)


def _tips(plan: Plan) -> dict[str, str]:
    """What hovering over a node shows, by the layer's path."""
    tips = {INPUT: session.say(_input(plan))}
    for path, layer in plan.spec.by_path.items():
        tips[path] = "\n".join([f"{path} · {layer.kind}", *_facts(plan, path)])
    return tips


def _input(plan: Plan) -> Message:
    return Message("Input: {what}.", what=plan.spec.input.in_words())


def _facts(plan: Plan, path: str) -> list[str]:
    step = plan.step(path)
    if step is None:
        return [session.say(plan.why_not(path))]
    shapes = f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
    return [shapes, session.say(arithmetic(step) if step.count else parameter_text(0))]
