"""The page on which the network learns: data and settings at the left; at the right it is watched, run by run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from builder.core.messages import LANGUAGES, Message, counted
from builder.core.options import Refusal, options_of
from builder.core.palette import CLASS_COLORS
from builder.formats.link import to_token
from builder.network.experiment import Experiment
from builder.runtime.tensors import packed
from builder.training.checkpoint import weights_of
from builder.training.checks import lamps
from builder.training.data import DATA, Data, Table
from builder.training.data.table import FEW, Column, Use
from builder.training.optimisers import OPTIMISERS
from builder.training.prepared import baseline
from builder.training.schedules import SCHEDULES
from builder.training.script import to_script
from builder.training.settings import Training
from builder.training.task import Obstacle, Task
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, bytes_file, heading, line, panel, switch, text
from builder.ui.components.row_table import Row, row_table
from builder.ui.components.training import Shown
from builder.ui.components.training import training as live_run
from builder.ui.parts import fields, header, notice
from builder.ui.parts.boundary import boundary, part
from builder.ui.state import cached, learning, session
from builder.ui.state.learning import Ran, Runs
from builder.workers import tasks
from builder.workers.live import LiveRun

MAX_CSV = 2_000_000  # bytes that go from the browser to the server
MOST_FIELDS = 30  # columns of a file that have a field
USES = {"number": Message("a number"), "category": Message("a category"), "leave": Message("left out")}
SIGNS = {"good": "●", "slow": "◐", "bad": "○", "unknown": "–"}  # not by the colour alone
STATES = {"good": "steady", "slow": "notice", "bad": "exploding", "unknown": "small"}
USUAL = ("batch_size", "epochs")  # options that stand in sight; the others are under “More settings”
RARE = ("share", "split_seed", "loss", "balanced", "clip", "patience", "shuffle_seed", "dropout_seed")

LABELS: Mapping[str, Message] = {
    "run": Message("Train"),
    "pause": Message("Pause"),
    "step": Message("One step"),
    "epoch": Message("One epoch"),
    "rewind": Message("Rewind"),
    "travel": Message("Back in time"),
    "acts": Message("Training"),
    "where": Message(
        "step {step} of {total} · epoch {epoch} · learning rate {lr}",
        **{name: f"{{{name}}}" for name in ("step", "total", "epoch", "lr")},  # the browser fills them in
    ),
    "loss": Message("Loss"),
    "score": Message("Accuracy"),
    "steps": Message("steps"),
    "training": Message("training"),
    "validation": Message("validation"),
    "others": Message("other runs"),
    "details": Message("What the layers do"),
    "picture": Message("What was learned"),
    "parameter": Message("Parameter"),
    "gradient": Message("Gradient, length"),
    "ratio": Message("Update / weights"),
    "layer": Message("Layer"),
    "dead": Message("Dead"),
    "saturated": Message("Saturated"),
    "weights": Message("Weights"),
    "confusion": Message("is ↓ · taken for →"),
    "right": Message("Right"),
    "row": Message("Row"),
    "answer": Message("Is"),
    "given": Message("Taken for"),
    "likely": Message("Given the right class"),
    "plane": Message("What the network gives at each place of the plane, with the points of the data"),
}
SAID = Message(
    "Loss {train} on what it is trained on, {valid} in validation; the least there was {best}, after epoch {epoch}.",
    **{name: f"{{{name}}}" for name in ("train", "valid", "best", "epoch")},
)
DETAILS = {
    "gradients": Message("Gradients and updates"),
    "layers": Message("Dead and saturated"),
    "weights": Message("Distribution of weights"),
}
PICTURES = {"plane": Message("Plane"), "classes": Message("Confusion matrix"), "wrong": Message("Most wrong")}


@boundary()
def page() -> None:
    """The bar, and below it what is trained on what, and how it goes."""
    header.show()
    experiment, training = session.experiment(), learning.settings()
    side, main = sheet.columns(24, 76)
    try:
        task = learning.task(experiment, training)
    except Refusal as refusal:
        with side.box("data", "card"):
            panel([*_choice(training), text(session.say(refusal.message), "notice", "status")], key="data_form")
        return
    with side:
        with boundary(sheet.box("data", "card")):
            _data(task)
        part(sheet.box("settings", "card"), _settings, training)
        if not task.obstacle:
            with boundary(sheet.box("lamps", "card")):
                _lamps(task)
    with boundary(main.box("learning", "card")):
        if task.obstacle:
            _say(task.obstacle)
        else:
            _watch(task)
    with boundary(main.box("runs", "card")):
        _runs(task)


# ---- data and settings ----------------------------------------------------------------------------------------------


def _data(task: Task) -> None:
    data, dataset = task.training.data, task.dataset
    items = [
        *_choice(task.training),
        *_columns_of_file(data),
        *fields.options("data", options_of(type(data)), data, _data_option),
        text(session.say(_rows(task))),
        *(text(session.say(remark)) for remark in dataset.remarks),
    ]
    panel(items, key="data_form")


def _choice(training: Training) -> list[Item]:
    """Which data, and the button that opens a file of one's own."""
    data = training.data
    labels = {kind: each.label for kind, each in DATA.items()} | (
        {data.kind: data.label} if data.kind not in DATA else {}
    )
    apply = learning.applied(
        lambda training, kind: training.with_option("data", DATA[kind]()) if kind in DATA else training
    )
    return [
        heading(session.say(Message("Data"))),
        fields.choice("data", Message("Data set"), data.kind, labels, apply, data.summary),
        bytes_file("csv", session.say(Message("Open a CSV file")), ".csv,.tsv,.txt", learning.open_file, most=MAX_CSV),
    ]


def _columns_of_file(data: Data) -> list[Item]:
    """Of a file of one's own: which column is the target, and what each of the others is taken for."""
    found = learning.sheet()
    if found is None or not isinstance(data, Table):
        return []
    names = {column.name: Message("{name}", name=column.name) for column in found.columns}
    choose = learning.applied(lambda training, name: training.with_option("data", _with_target(training.data, name)))
    uses = {column.name: column.use for column in data.columns}
    others = [column for column in found.columns if column.name != data.target][:MOST_FIELDS]
    return [
        fields.choice("target", Message("Target"), data.target, names, choose),
        *(
            fields.choice(
                f"use {column.name}",
                Message("{name}", name=column.name),
                uses.get(column.name, "leave"),
                USES,
                _use(column.name),
                column.warning or Message("For example {examples}", examples=", ".join(column.examples)),
            )
            for column in others
        ),
    ]


def _with_target(data: Data, name: str) -> Data:
    """`data` with another target: the one before is given to the network, as what it was found to be."""
    found = learning.sheet()
    assert isinstance(data, Table) and found
    by_name = {column.name: column for column in found.columns}
    used = {column.name: column.use for column in data.columns} | {data.target: by_name[data.target].use}
    columns = tuple(Column(name=each, use=use) for each, use in used.items() if each != name and use != "leave")
    target = by_name[name]
    by_class = not target.numeric or target.distinct <= FEW
    return data.with_option("target", name).with_option("columns", columns).with_option("by_class", by_class)


def _use(name: str) -> fields.Apply:
    def change(training: Training, use: Use) -> Training:
        data = training.data
        assert isinstance(data, Table)
        others = [column for column in data.columns if column.name != name]
        columns = (*others, *([Column(name=name, use=use)] if use != "leave" else []))
        return training.with_option("data", data.with_option("columns", columns))

    return learning.applied(change)


def _data_option(name: str) -> fields.Apply:
    return learning.applied(
        lambda training, value: training.with_option("data", training.data.with_option(name, value))
    )


def _rows(task: Task) -> Message:
    train, valid = map(len, task.parts)
    return Message("{train} rows to learn from, {valid} for validation.", train=train, valid=valid)


def _settings(training: Training) -> None:
    optimiser = training.optimiser
    labels = {kind: each.label for kind, each in OPTIMISERS.items()}
    choose = learning.applied(lambda training, kind: training.with_option("optimiser", OPTIMISERS[kind]()))
    (rate,) = [option for option in options_of(type(optimiser)) if option.name == "lr"]
    now = training.changes[-1].lr if training.changes else optimiser.lr
    panel(
        [
            heading(session.say(Message("Training"))),
            fields.choice("optimiser", Message("Optimiser"), optimiser.kind, labels, choose, optimiser.summary),
            fields.number("lr", rate.label, now, learning.change_lr, rate.help, step=0.001),
            *_own(training, USUAL),
        ],
        key="settings_form",
    )
    with sheet.details("more_settings", session.say(Message("More settings"))):
        panel([*_optimiser(training), *_schedule(training), *_own(training, RARE)], key="more_form")


def _own(training: Training, names: tuple[str, ...]) -> list[Item]:
    options = {option.name: option for option in options_of(Training)}
    return fields.options("training", [options[name] for name in names], training, _option)


def _option(name: str) -> fields.Apply:
    return learning.applied(lambda training, value: training.with_option(name, value))


def _optimiser(training: Training) -> list[Item]:
    def apply(name: str) -> fields.Apply:
        return learning.applied(
            lambda training, value: training.with_option("optimiser", training.optimiser.with_option(name, value))
        )

    options = [option for option in options_of(type(training.optimiser)) if option.name != "lr"]
    return fields.options("optimiser", options, training.optimiser, apply)


def _schedule(training: Training) -> list[Item]:
    def apply(name: str) -> fields.Apply:
        return learning.applied(
            lambda training, value: training.with_option("schedule", training.schedule.with_option(name, value))
        )

    schedule = training.schedule
    labels = {kind: each.label for kind, each in SCHEDULES.items()}
    choose = learning.applied(lambda training, kind: training.with_option("schedule", SCHEDULES[kind]()))
    chosen = fields.choice("schedule", Message("Schedule"), schedule.kind, labels, choose, schedule.summary)
    return [chosen, *fields.options("schedule", options_of(type(schedule)), schedule, apply)]


# ---- before it starts -----------------------------------------------------------------------------------------------


def _lamps(task: Task) -> None:
    """Three questions that tell whether it can learn, each answered by trying; the first that is not well can be mended."""
    if task.training.data.needs_file:
        lit = [tasks.lit(lamp) for lamp in lamps(task)]
    else:
        lit = cached.lamps(to_token(task.experiment), task.training.with_option("changes", ()).text)
    here = LANGUAGES.index(session.language())
    items = [heading(session.say(Message("Before you start")))]
    for number, lamp in enumerate(lit):
        items.append(text(f"{SIGNS[lamp.state]} {lamp.said[here]}", STATES[lamp.state]))
        if lamp.label:
            items.append(button(f"lamp {number}", lamp.label[here], partial(_mend_lamp, number), small=True))
    panel(items, key="lamps_form")


def _mend_lamp(number: int) -> None:
    """Find the mend of that lamp again, and make it."""

    def change(experiment: Experiment) -> Experiment:
        lamp = lamps(learning.task(experiment, learning.settings()))[number]
        if lamp.mend is None:
            return experiment
        mended, training = lamp.mend(experiment, learning.settings())
        learning.keep(training)
        return mended

    session.edit(change)


# ---- the run --------------------------------------------------------------------------------------------------------


def _say(obstacle: Obstacle) -> None:
    """Why it can't begin, with the click that mends it."""
    items = [text(session.say(obstacle.message), "notice", "status")]
    if obstacle.label is not None:
        items.append(button("mend", session.say(obstacle.label), lambda: _mend(obstacle), main=True))
    panel(items, key="obstacle")


def _mend(obstacle: Obstacle) -> None:
    def change(experiment: Experiment) -> Experiment:
        assert obstacle.mend
        mended, training = obstacle.mend(experiment, learning.settings())
        learning.keep(training)
        return mended

    session.edit(change)


def _watch(task: Task) -> None:
    try:
        run = learning.running(task.experiment, task.training)
    except Refusal as refusal:
        notice.show(refusal.message)
        return
    if task.remark:
        panel([text(session.say(task.remark))], key="remark")
    number = task.dataset.data.aim == "number"
    labels = session.say_each({**LABELS, "score": Message("R²")} if number else LABELS)
    has_plane = len(task.dataset.shape) == 1 and len(task.dataset.columns) >= 2
    pictures = [name for name in PICTURES if (name != "plane" or has_plane) and (name != "classes" or not number)]
    classes = task.dataset.classes
    shown = Shown(
        run.key,
        session.language(),
        labels,
        session.say(SAID),
        {"details": _named(DETAILS, list(DETAILS)), "picture": _named(PICTURES, pictures)},
        task.dataset.columns,
        classes,
        CLASS_COLORS[: max(len(classes), 2)],
        *_columns(task),
        task.per_epoch,
        baseline(task),
        [{"name": str(ran.number), "epochs": ran.curve} for ran in session.kept(Runs).before if _comparable(ran, task)],
    )
    live_run(shown, key="run", on_stand=session.visit().begin, on_gone=learning.begin_anew)
    _take_away(task, run)


def _named(labels: Mapping[str, Message], names: list[str]) -> list[tuple[str, str]]:
    return [(name, session.say(labels[name])) for name in names]


def _columns(task: Task) -> tuple[int, int]:
    """The columns of the plane."""
    return 0, min(1, max(len(task.dataset.columns) - 1, 0))


def _comparable(ran: Ran, task: Task) -> bool:
    return ran.training.data == task.training.data


# ---- what is taken away ---------------------------------------------------------------------------------------------


def _take_away(task: Task, run: LiveRun) -> None:
    script = button("script", session.say(Message("Download the script")), lambda: _script(task, run))
    weights = button("weights", session.say(Message("Download the weights")), lambda: _weights(run))
    said = Message(
        "The script trains without this app and gives the same curve and weights, to the bit on the same kind of processor."
    )
    shown = session.view(learning.EVERYWHERE, "off", ("on", "off")) == "on"
    everywhere = switch(
        "everywhere",
        session.say(Message("See these weights on all pages")),
        shown,
        lambda on: session.choose(learning.EVERYWHERE, "on" if on else "off"),
    )
    panel([line(script, weights, everywhere), text(session.say(said))], key="take_away")


def _script(task: Task, run: LiveRun) -> None:
    session.offer("train.py", "text/x-python", to_script(task, run.training).encode())


def _weights(run: LiveRun) -> None:
    if run.checkpoint is None:
        session.notify(Message("Nothing is learned yet: train first."))
        return
    session.offer("weights.safetensors", "application/octet-stream", packed(weights_of(run.checkpoint)))


# ---- the runs before ------------------------------------------------------------------------------------------------


def _runs(task: Task) -> None:
    """A table of what was tried: what it differs in from what is on the page, and how far it came."""
    before = session.kept(Runs).before
    if not before:
        return
    head = [session.say(each) for each in HEAD]
    rows = [
        Row(str(ran.number), (session.say(Message("Run {n}", n=ran.number)), *_cells(ran, task)))
        for ran in reversed(before)
    ]
    panel(
        [
            heading(session.say(Message("Runs before"))),
            text(session.say(Message("A click brings a run back, with its network and settings."))),
        ],
        key="runs_title",
    )
    row_table(
        head, rows, selected="", label=session.say(Message("Runs before")), key="runs_table", on_select=_bring_back
    )


HEAD = (
    Message("Run"),
    Message("What is different"),
    Message("Steps"),
    Message("Least loss in validation"),
    Message("Best score in validation"),
)


def _cells(ran: Ran, task: Task) -> tuple[str, ...]:
    losses, scores = ([value for row in ran.curve if (value := row[at]) is not None] for at in (5, 6))
    return (
        "; ".join(_differences(ran, task)),
        f"{ran.step:,}",
        f"{min(losses, default=float('nan')):.4g}",
        f"{max(scores, default=float('nan')):.4g}",
    )


def _differences(ran: Ran, task: Task) -> list[str]:
    found = []
    if ran.experiment.network.text != task.experiment.network.text:
        found.append(session.say(Message("network")))
    for option in options_of(Training):
        if getattr(ran.training, option.name) != getattr(task.training, option.name):
            found.append(f"{session.say(option.label)} {getattr(ran.training, option.name)}")
    if ran.training.data != task.training.data:
        found.append(session.say(ran.training.data.label))
    if ran.training.optimiser != task.training.optimiser:
        found.append(f"{session.say(ran.training.optimiser.label)}, {ran.training.optimiser.lr:g}")
    if ran.training.changes != task.training.changes:
        found.append(
            session.say(
                counted(
                    "{n} change of the learning rate", "{n} changes of the learning rate", n=len(ran.training.changes)
                )
            )
        )
    return found


def _bring_back(number: str) -> None:
    for ran in session.kept(Runs).before:
        if str(ran.number) == number:
            learning.again(ran)
