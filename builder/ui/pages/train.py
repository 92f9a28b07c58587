"""The page on which the network learns: data and settings at the left; at the right it is watched, run by run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from builder.core.messages import LANGUAGES, Message
from builder.core.options import Refusal
from builder.core.palette import CLASS_COLORS
from builder.formats.link import to_token
from builder.network.experiment import Experiment
from builder.runtime.tensors import packed
from builder.training.checkpoint import weights_of
from builder.training.checks import lamps
from builder.training.prepared import baseline
from builder.training.script import to_script
from builder.training.task import Obstacle, Task
from builder.ui.components import sheet
from builder.ui.components.panel import button, heading, line, panel, switch, text
from builder.ui.components.training import Shown
from builder.ui.components.training import training as live_run
from builder.ui.pages import train_forms, train_runs
from builder.ui.parts import header, notice
from builder.ui.parts.boundary import boundary, part
from builder.ui.state import cached, learning, session
from builder.ui.state.learning import Ran, Runs
from builder.workers import tasks
from builder.workers.live import LiveRun

SIGNS = {"good": "●", "slow": "◐", "bad": "○", "unknown": "–"}  # not by the colour alone
STATES = {"good": "steady", "slow": "notice", "bad": "exploding", "unknown": "small"}

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
            panel(
                [*train_forms.choice(training), text(session.say(refusal.message), "notice", "status")], key="data_form"
            )
        return
    with side:
        with boundary(sheet.box("data", "card")):
            train_forms.data(task)
        part(sheet.box("settings", "card"), train_forms.settings, training)
        if not task.obstacle:
            with boundary(sheet.box("lamps", "card")):
                _lamps(task)
    with boundary(main.box("learning", "card")):
        if task.obstacle:
            _say(task.obstacle)
        else:
            _watch(task)
    with boundary(main.box("runs", "card")):
        train_runs.show(task)


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
