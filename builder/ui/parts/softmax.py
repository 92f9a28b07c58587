"""What the network makes of a random batch: its scores, their softmax, and which is which."""

from __future__ import annotations

from torch import Tensor

from builder.charts.outputs import MAX_CLASSES, MAX_ROWS, softmax_bars
from builder.core.messages import Message
from builder.core.options import options_of
from builder.layers.output import LogSoftmax
from builder.layers.shapes import format_shape
from builder.network.experiment import Batch
from builder.network.inputs import Distribution, Image, Input
from builder.network.plan import Plan
from builder.runtime.probe import Probe, last_computing, place
from builder.ui.components import sheet
from builder.ui.components.panel import button, heading, line, panel, space, switch
from builder.ui.parts import fields, naming, notice, pictures
from builder.ui.parts.fields import Apply
from builder.ui.parts.markup import table, text
from builder.ui.state import cached, session

DISTRIBUTIONS: dict[Distribution, Message] = {
    "normal": Message("normal"),
    "uniform": Message("uniform"),
    "zeros": Message("zeros"),
    "ones": Message("ones"),
    "one-hot": Message("one-hot"),
    "digits": Message("digits"),
}
CHART_HEIGHT = 188
IMAGE = 34  # px
SCORES = "scores"  # the view that says whether the scores are shown beside the probabilities


def show(plan: Plan) -> None:
    """The controls of the batch, the bars, and the sentence that says what they are."""
    experiment = session.experiment()
    _controls(experiment.batch, plan.spec.input)
    if not plan.fits_budget(experiment.batch.rows):
        waits = Message(
            "Nothing comes out as long as {name} does not fit.", name=plan.problem.path if plan.problem else ""
        )
        stopped = plan.problem is not None and plan.problem.path  # the hint beside this says why
        notice.show(waits if stopped else notice.why_not(plan, experiment.batch.rows))
        return
    probe = cached.probed(plan, experiment.batch)
    _images(probe, plan.spec.input)
    _bars(probe, experiment.batch)
    for message in _explanations(plan, probe):
        sheet.html(text("p", session.say(message), "small"))
    _values(probe)


def _controls(batch: Batch, given: Input) -> None:
    shown = {option.name: option for option in options_of(Batch)}
    title = heading(session.say(Message("Softmax for random input")))
    beside = switch(SCORES, session.say(Message("Logits beside")), _with_scores(), _show_scores)
    again = button("draw", session.say(Message("Draw again")), _draw_again)
    rows = fields.number("batch.rows", shown["rows"].label, batch.rows, _set("rows"), shown["rows"].help)
    drawn = fields.choice(
        "batch.distribution",
        shown["distribution"].label,
        given.drawn_from(batch.distribution),
        _labels(given),
        _set("distribution"),
    )
    seed = fields.number("batch.seed", shown["seed"].label, batch.seed, _set("seed"), shown["seed"].help)
    panel([line(title, space(), beside, again), line(rows, drawn, seed)], key="batch")


def _with_scores() -> bool:
    return session.view(SCORES, "beside", ("beside", "hidden")) == "beside"


def _show_scores(on: bool) -> None:
    session.choose(SCORES, "beside" if on else "hidden")


def _labels(given: Input) -> dict[str, Message]:
    """What the numbers of this kind of input can be drawn from."""
    return {word: DISTRIBUTIONS[word] for word in given.distributions if given.drawn_from(word) == word}


def _set(name: str) -> Apply:
    return lambda experiment, value: experiment.with_batch(experiment.batch.with_option(name, value))


def _draw_again() -> None:
    session.edit(lambda e: e.with_batch(e.batch.with_option("seed", e.batch.seed + 1)))


def _bars(probe: Probe, batch: Batch) -> None:
    classes = [naming.of_class(n) for n in range(min(probe.probabilities.shape[1], MAX_CLASSES))]
    rows = range(min(batch.rows, MAX_ROWS))
    scores = Message("Logits (before softmax)") if probe.own else Message("Output of the network")
    probabilities = Message("Probabilities (its output)") if probe.own else Message("Softmax of the output")
    panels = [(session.say(probabilities), probe.probabilities)]
    if _with_scores() or not probe.own:
        panels.insert(0, (session.say(scores), probe.scores))
    sums = [_sum(probe, n) for n in rows]
    figure = softmax_bars(panels, classes, [*map(_row_name, rows)], sums, CHART_HEIGHT)
    sheet.chart("softmax_bars", figure)


def _images(probe: Probe, given: Input) -> None:
    """The first of the images that go in; of each its first channel, and of a volume the slice in its middle."""
    if not isinstance(given, Image):
        return
    first = probe.inputs[:MAX_ROWS, 0]
    if given.depth:
        first = first[:, given.depth // 2]
    sheet.html(pictures.pictures(first, [_row_name(n) for n in range(len(first))], IMAGE))


def _place(outputs: Tensor, axis: int) -> Message | None:
    """Which of the places of an output with more axes is shown."""
    if outputs.ndim < 3:
        return None
    sizes = tuple(outputs.shape[1:])
    shape = format_shape(sizes)
    if outputs.ndim == 3 and axis == 2:
        return Message("The output is {shape}; shown is its last step, whose numbers are the classes.", shape=shape)
    at = ", ".join(":" if isinstance(n, slice) else str(n + 1) for n in place(sizes, axis))
    if outputs.ndim == 4 and axis == 1:
        return Message(
            "The output is {shape}: at each of its {n} pixels, the {channels} channels are the classes. Shown is the pixel "
            "[{at}] in its middle.",
            shape=shape,
            n=sizes[1] * sizes[2],
            channels=sizes[0],
            at=at,
        )
    return Message(
        "The output is {shape}: at each place, the numbers along axis {dim} are the classes. Shown is the place [{at}] in its "
        "middle.",
        shape=shape,
        dim=axis,
        at=at,
    )


def _row_name(n: int) -> str:
    return session.say(Message("row {n}", n=n + 1))


def _sum(probe: Probe, n: int) -> str:
    return f"{float(probe.probabilities[n].sum()):.3f}"


def _explanations(plan: Plan, probe: Probe) -> list[Message]:
    rows, classes = probe.probabilities.shape
    said = []
    if here := _place(probe.outputs, probe.axis):
        said.append(here)
    if not probe.own:
        said.append(_ending(plan))
    if classes == 1:
        said.append(Message("Softmax over a single class is always 1: one number can't be divided among classes."))
    if not probe.finite:
        said.append(
            Message(
                "Some outputs are not finite: the numbers grew too large for float32. Smaller weights keep them in bounds."
            )
        )
    if rows > MAX_ROWS or classes > MAX_CLASSES:
        said.append(
            Message(
                "Shown: {rows} of {all_rows} rows, {classes} of {all_classes} classes; each Σ is over all classes.",
                rows=min(rows, MAX_ROWS),
                all_rows=rows,
                classes=min(classes, MAX_CLASSES),
                all_classes=classes,
            )
        )
    return said


def _ending(plan: Plan) -> Message:
    """What the softmax is of that the network does not make itself."""
    last = last_computing(plan)
    if last is not None and isinstance(last.layer, LogSoftmax):
        return Message("The network ends in LogSoftmax: left are logarithms of probabilities, right the probabilities.")
    return Message(
        "The network ends in {kind}, not in softmax: left is its output as it is, right the softmax of that output.",
        kind=(last or plan.parts[-1]).layer.kind,
    )


def _values(probe: Probe) -> None:
    """The same numbers as text, with the inputs."""
    with sheet.details("numbers_of_softmax", session.say(Message("The numbers"))):
        head = [Message("row"), Message("input"), Message("scores"), Message("probabilities"), Message("sum")]
        rows = [
            [
                _row_name(n),
                _list(probe.inputs[n]),
                _list(probe.scores[n]),
                _list(probe.probabilities[n]),
                _sum(probe, n),
            ]
            for n in range(min(len(probe.inputs), MAX_ROWS))
        ]
        sheet.html(table([session.say(title) for title in head], rows, css="breakdown"))


def _list(values: Tensor) -> str:
    values = values.flatten()
    kept = values[:MAX_CLASSES].tolist()
    shown = ", ".join(f"{value:.4f}" if values.is_floating_point() else str(value) for value in kept)
    return f"{shown}, …" if len(values) > MAX_CLASSES else shown
