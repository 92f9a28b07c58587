"""The names of input features and classes: shown where they are known, and the fields in which they are given."""

from __future__ import annotations

from typing import Literal

from builder.core.messages import Message
from builder.network.experiment import Experiment
from builder.network.labels import read_labels
from builder.ui.components.panel import Item
from builder.ui.parts import fields
from builder.ui.state import session

FIELDS = {"features": Message("Names of the features"), "classes": Message("Names of the classes")}
HELP = Message("Separated by commas, such as: setosa, versicolor, virginica. Without names they are numbered.")


def of_class(n: int) -> str:
    """What the class with the number `n`, counted from 0, is called."""
    return session.say(session.experiment().labels.class_(n))


def of_feature(n: int) -> str:
    """What the input with the number `n`, counted from 0, is called."""
    return session.say(session.experiment().labels.feature(n))


def field(which: Literal["features", "classes"]) -> Item:
    """The field for the names of the features or of the classes."""

    def apply(experiment: Experiment, value: object) -> Experiment:
        return experiment.with_labels(experiment.labels.with_option(which, read_labels(str(value))))

    given = ", ".join(getattr(session.experiment().labels, which))
    return fields.word(f"labels.{which}", FIELDS[which], given, apply, HELP)
