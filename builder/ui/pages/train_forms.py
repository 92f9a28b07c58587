"""What is learned from, and how: the data with their file, and the settings of the training."""

from __future__ import annotations

from builder.core.messages import Message
from builder.core.options import options_of
from builder.training.data import DATA, Data, Table
from builder.training.data.table import FEW, Column, Use
from builder.training.optimisers import OPTIMISERS
from builder.training.schedules import SCHEDULES
from builder.training.settings import Training
from builder.training.task import Task
from builder.ui.components import sheet
from builder.ui.components.panel import Item, bytes_file, heading, panel, text
from builder.ui.parts import fields
from builder.ui.state import learning, session

MAX_CSV = 2_000_000  # bytes that go from the browser to the server
MOST_FIELDS = 30  # columns of a file that have a field
USES = {"number": Message("a number"), "category": Message("a category"), "leave": Message("left out")}
USUAL = ("batch_size", "epochs")  # options that stand in sight; the others are under “More settings”
RARE = ("share", "split_seed", "loss", "balanced", "clip", "patience", "shuffle_seed", "dropout_seed")


def data(task: Task) -> None:
    """Which data, how they are read, and how many rows there are."""
    chosen, dataset = task.training.data, task.dataset
    items = [
        *choice(task.training),
        *_columns_of_file(chosen),
        *fields.options("data", options_of(type(chosen)), chosen, _data_option),
        text(session.say(_rows(task))),
        *(text(session.say(remark)) for remark in dataset.remarks),
    ]
    panel(items, key="data_form")


def choice(training: Training) -> list[Item]:
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


def settings(training: Training) -> None:
    """The optimiser and what stands in sight; all else under “More settings”."""
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
