"""The same network and seed under two to six choices, side by side; and every initializer against every activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from builder.analysis.comparison import ASPECTS, FEWEST, FIRST, MOST, SAME, Aspect, offered, variant
from builder.analysis.signals import ROWS, Signals, excess, rows_for
from builder.analysis.survey import ACTIVATIONS, Cell
from builder.analysis.verdict import Fate, overall, weighted
from builder.charts.outputs import MAX_CLASSES
from builder.charts.signals import Line, class_shares, courses, densities, off_scale
from builder.charts.survey import survey_map
from builder.core.messages import Message, counted
from builder.core.options import Refusal
from builder.core.palette import CLASS_COLORS
from builder.initializers import WEIGHTS
from builder.layers.shapes import TokenShape
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, choice, line, panel, text, view
from builder.ui.pages.signals import EDGES, bands
from builder.ui.parts import naming, notice, progress
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import text as html
from builder.ui.parts.verdict import REGIMES, SIGNS, size
from builder.ui.state import cached, session
from builder.workers.pool import Job

ASPECT = "vary"
EVERY = "every"  # beside the aspects: try them all
LABELS: dict[str, Message] = {
    "initializer": Message("Initializer"),
    "activation": Message("Activation"),
    "gain": Message("Gain"),
    "depth": Message("Depth"),
    "both": Message("Both"),
    EVERY: Message("Try them all"),
}
NONE = "-"  # the choice of a place that is left empty
SHOWN_ROWS = 8
SEEDS = 20  # of the weights that a verdict is taken from
TALL, LOW, MAP_HEIGHT = 250, 175, 460


@dataclass(frozen=True)
class Variant:
    """One of the networks compared: what it is called, its colour, what came of it or why nothing did."""

    label: str
    color: str
    spec: NetworkSpec | None
    plan: Plan | None
    signals: Signals | None
    problem: Message | None
    fates: Job[Fate] | None = None  # under other seeds, where it has a verdict


def show(plan: Plan, rows: int, experiment: Experiment) -> None:
    """What varies, the choices, and the networks side by side, or the map of all."""
    shown = session.view(ASPECT, "initializer", LABELS)
    of = view(
        ASPECT,
        session.say(Message("What varies")),
        shown,
        session.say_each(LABELS),
        lambda it: session.choose(ASPECT, it),
    )
    with sheet.box("vary", "card"):
        if shown == EVERY:
            panel([of], key="vary_bar", layout="bar")
        else:
            aspect = next(aspect for aspect in ASPECTS if aspect == shown)
            words = _chosen(plan.spec, aspect)
            panel([of, line(*_places(plan.spec, aspect, words))], key="vary_bar")
    if shown == EVERY:
        _every(plan, experiment)
    else:
        _side_by_side(plan, experiment, aspect, [word for word in words if word != NONE])


def _chosen(spec: NetworkSpec, aspect: Aspect) -> list[str]:
    """The word in each place; the first ones are never empty."""
    among = offered(spec, aspect)
    first = [word for word in FIRST[aspect] if word in among] + [NONE] * MOST
    return [
        session.view(_place(aspect, n), first[n], among if n < FEWEST else {**among, NONE: None}) for n in range(MOST)
    ]


def _place(aspect: Aspect, n: int) -> str:
    return f"{aspect}{n + 1}"


def _places(spec: NetworkSpec, aspect: Aspect, words: Sequence[str]) -> list[Item]:
    among = session.say_each(offered(spec, aspect))
    if len(among) < FEWEST:
        return [text(session.say(Message("The network has no hidden layer that could be repeated or cut off.")))]

    def item(n: int, word: str) -> Item:
        name = _place(aspect, n)
        of = among if n < FEWEST else {NONE: "–", **among}
        label = session.say(Message("Variant {n}", n=n + 1))
        return choice(name, label, word, of, lambda it: session.choose(name, it), bare=True, width="14.8rem")

    return [item(n, word) for n, word in enumerate(words)]


def _side_by_side(plan: Plan, experiment: Experiment, aspect: Aspect, words: Sequence[str]) -> None:
    among = session.say_each(offered(plan.spec, aspect))
    if len(among) < FEWEST:
        return
    every = [_variant(plan, experiment, aspect, word, among[word], CLASS_COLORS[n]) for n, word in enumerate(words)]
    progress.carry_on([each.fates for each in every if each.fates])
    for column, (n, each) in zip(sheet.columns(*[1] * len(every)), enumerate(every), strict=True):
        with boundary(column.box(f"variant_{n}", "card")):
            _card(each, n, experiment)
    built = [each for each in every if each.signals and each.plan]
    if not built:
        return
    left, right = sheet.columns(1, 1)
    with boundary(left.box("variants_courses", "card")):
        _courses(built)
    with boundary(right.box("variants_outputs", "card")):
        _outputs(built, experiment)
    with boundary(sheet.box("variants_densities", "card")):
        _histograms(built)


def _variant(plan: Plan, experiment: Experiment, aspect: Aspect, word: str, label: str, color: str) -> Variant:
    try:
        spec = variant(plan, aspect, word)
    except Refusal as refusal:
        return Variant(label, color, None, None, None, refusal.message)
    plan = make_plan(spec)
    rows = 0 if plan.problem else rows_for(plan)
    if not rows or not plan.fits_budget(experiment.batch.rows):
        problem = plan.problem or excess(plan) or plan.over_budget(experiment.batch.rows)
        return Variant(label, color, spec, plan, None, problem.message if problem else None)
    signals, seed = cached.propagated(plan, rows, experiment.batch.seed), experiment.batch.seed
    judged = cached.judged(plan, rows, seed, SEEDS) if weighted(plan) else None
    return Variant(label, color, spec, plan, signals, None, judged)


def _card(each: Variant, n: int, experiment: Experiment) -> None:
    """What it is called, its verdict, and the click that takes it over."""
    mark = f'<span style="color:{each.color}" aria-hidden="true">■</span> '
    sheet.html(f"<h2>{mark}{escape(each.label)}</h2>")
    if each.problem:
        notice.show(each.problem)
        return
    items = _judgement(each.fates) if each.fates else []
    if each.spec != experiment.network:
        items.append(button(f"take {n}", session.say(Message("Take this one")), lambda: _take(each.spec), small=True))
    panel(items, key=f"panel_{n}")


def _judgement(fates: Job[Fate]) -> list[Item]:
    """The verdict over all seeds that are known, how it was come by, and whether chance decides."""
    if not fates.found:
        return [text(session.say(fates.failed or Message("{done} of {total}", done=0, total=fates.total)))]
    found = overall(fates.found)
    said = Message(
        "signal × {forward}, gradient × {backward} (medians); so under {agree} of {n} seeds",
        forward=size(found.forward),
        backward=size(found.backward),
        agree=found.agree,
        n=found.seeds,
    )
    items = [text(f"{SIGNS[found.regime]} {session.say(REGIMES[found.regime])}", found.regime), text(session.say(said))]
    if fates.done and found.by_chance:
        chance = Message(
            "So small a network that chance decides: with another seed it may fare otherwise. Wider layers are surer."
        )
        items.append(text(session.say(chance), "hint", "status"))
    return items


def _take(spec: NetworkSpec | None) -> None:
    if spec is not None:
        session.edit(lambda e: e.with_network(spec))


def _courses(every: Sequence[Variant]) -> None:
    lines: list[Line] = []
    for each in every:
        layers = each.signals.layers if each.signals else ()
        back, names = [layer.backward.std for layer in layers if layer.backward], _paths(each)
        forward, backward = bands([fate.sizes for fate in each.fates.found] if each.fates else [])
        ahead = [layer.forward.std for layer in layers]
        lines.append(Line(each.label, each.color, ahead, band=forward, paths=names))
        lines.append(Line(each.label, each.color, back, panel=1, listed=False, band=backward, paths=names))
    titles = [session.say(Message("Standard deviation, forward →")), session.say(Message("← … of the gradient, back"))]
    figure = courses(lines, titles, _names(every), TALL, one_scale=True)
    sheet.chart("variants_courses_chart", figure)
    known = min((len(each.fates.found) for each in every if each.fates), default=0)  # more come in while one looks
    said = counted(
        "Line: the network's own seed. Band: from the least to the greatest over {n} seed of the weights.",
        "Line: the network's own seed. Band: from the least to the greatest over {n} seeds of the weights.",
        n=known,
    )
    notes = [*([said] if known else []), *([EDGES] if any(off_scale(line.values) for line in lines) else [])]
    if notes:
        sheet.html("".join(html("p", session.say(note), "small") for note in notes))


def _paths(each: Variant) -> list[str]:
    """What its layers are called, the input first."""
    layers = each.signals.layers if each.signals else ()
    return [layer.path if layer.path != INPUT else session.say(Message("input")) for layer in layers]


def _names(every: Sequence[Variant]) -> list[str]:
    """What the layers are called where all networks call them the same, otherwise their places, as many as the deepest has."""
    named = [_paths(each) for each in every]
    if all(names == named[0] for names in named):
        return named[0]
    return [names[0] if n == 0 else str(n) for names in [max(named, key=len)] for n in range(len(names))]


def _outputs(every: Sequence[Variant], experiment: Experiment) -> None:
    """The softmax of the first rows of the batch that the main page shows, too."""
    panels = []
    for each in every:
        if each.plan and each.spec:
            probe = cached.probed(each.plan, experiment.batch)
            panels.append((each.label, probe.probabilities))
    classes = min(MAX_CLASSES, *(values.shape[1] for _, values in panels))
    rows = [str(n + 1) for n in range(min(SHOWN_ROWS, experiment.batch.rows))]
    names = [naming.of_class(n) for n in range(classes)]
    sheet.html(
        html(
            "p",
            session.say(Message("Softmax of the first rows of your batch: a bar a row, divided among the classes")),
            "small",
        )
    )
    figure = class_shares(panels, names, rows, TALL - 30)
    sheet.chart("variants_outputs_chart", figure)


def _histograms(every: Sequence[Variant]) -> None:
    sheet.html(
        html(
            "p",
            session.say(
                Message("Values that leave each layer, from input to output: the stronger the colour, the more of them")
            ),
            "small",
        )
    )
    panels = [(each.label, [p.forward.common for p in each.signals.layers]) for each in every if each.signals]
    figure = densities(panels, _names(every), LOW, one_scale=True)
    sheet.chart("variants_densities_chart", figure)


def _every(plan: Plan, experiment: Experiment) -> None:
    """The map of all, carried on cell by cell."""
    said = Message(
        "How much a logit differs from row to row (standard deviation over up to {n} rows from N(0, 1)), with each initializer "
        "in all layers, as PyTorch sets it by default, and each activation in all hidden layers. Near 1 is well; 0: nothing of "
        "the input gets through; ∞: too large for float32; empty: can't be built here. Click a cell to compare it with your network.",
        n=ROWS,
    )
    if isinstance(plan.input_shape, TokenShape):
        said = Message(
            "How much a logit differs from row to row (standard deviation over up to {n} rows of random words), with each initializer "
            "in all dense and convolutional layers, as PyTorch sets it by default, and each activation in all hidden ones. Near 1 is "
            "well; 0: nothing of the input gets through; ∞: too large for float32; empty: can't be built here. Click a cell to compare it.",
            n=ROWS,
        )
    with sheet.box("map", "card"):
        sheet.html(html("p", session.say(said), "small"))
        place = sheet.box("map_place")
    progress.follow(cached.surveyed(plan, experiment.batch.seed), "map_work", place, _map)


def _map(found: Sequence[Cell]) -> None:
    rows = session.say_each({kind: initializer.label for kind, initializer in WEIGHTS.items()})
    columns = {kind.kind: kind.kind for kind in ACTIVATIONS}
    figure = survey_map({(cell.weights, cell.activation): cell.signal for cell in found}, rows, columns, MAP_HEIGHT)
    sheet.chart("map_work", figure, _open)


def _open(raw: object) -> None:
    """Compare the cell that was clicked with the network as it is."""
    match raw:
        case {"point": [str(weights), str(activation), *_]} if weights in WEIGHTS:
            session.choose(ASPECT, "both")
            for n, word in enumerate([SAME, f"{weights}-{activation}", *[NONE] * (MOST - 2)]):
                session.choose(_place("both", n), word)
