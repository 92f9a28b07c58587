"""Points of the plane, made to show what a network can tell apart."""

from __future__ import annotations

from typing import ClassVar

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import option
from builder.network.spec import MAX_SEED
from builder.training.data.base import Data

MAX_TOY_ROWS = 2000


class Toy(Data):
    """Points (rows, 2) of a few classes, with noise."""

    made_by: ClassVar[str]

    rows: int = option(
        300, Message("Points"), Message("How many points are made, of every class as many."), ge=20, le=MAX_TOY_ROWS
    )
    noise: float = option(
        0.1, Message("Noise"), Message("The standard deviation of what every point is moved by."), ge=0.0, le=1.0
    )
    seed: int = option(
        0, Message("Seed of the data"), Message("The same seed always makes the same data."), ge=0, le=MAX_SEED
    )

    def call(self) -> Call:
        return Call(self.made_by, keywords={name: getattr(self, name) for name in sorted(type(self).model_fields)})


class Circles(Toy):
    kind = "circles"
    made_by = "circles"
    label = Message("Circles")
    summary = Message("One ring inside another: no straight line can part them.")


class Moons(Toy):
    kind = "moons"
    made_by = "moons"
    label = Message("Moons")
    summary = Message("Two half moons that reach into each other.")


class Blobs(Toy):
    kind = "blobs"
    made_by = "blobs"
    label = Message("Clouds")
    summary = Message("A cloud of points for each class: straight lines part them.")

    classes: int = option(3, Message("Classes"), Message("How many clouds there are."), ge=2, le=10)
    noise: float = option(
        0.3, Message("Noise"), Message("The standard deviation of what every point is moved by."), ge=0.0, le=1.0
    )


class Spirals(Toy):
    kind = "spirals"
    made_by = "spirals"
    label = Message("Spirals")
    summary = Message("Arms wound around each other: it takes some hidden neurons to follow them.")

    classes: int = option(2, Message("Arms"), Message("How many arms there are; each is a class."), ge=2, le=5)
    noise: float = option(
        0.03, Message("Noise"), Message("The standard deviation of what every point is moved by."), ge=0.0, le=1.0
    )


class Xor(Toy):
    kind = "xor"
    made_by = "xor"
    label = Message("XOR")
    summary = Message("Four squares, of which those at opposite corners belong together.")


class Checkerboard(Toy):
    kind = "checkerboard"
    made_by = "checkerboard"
    label = Message("Checkerboard")
    summary = Message("The fields of a board: the more there are, the harder it is.")

    fields: int = option(4, Message("Fields on a side"), Message("How many squares a row has."), ge=2, le=8)
    noise: float = option(
        0.0, Message("Noise"), Message("The standard deviation of what every point is moved by."), ge=0.0, le=1.0
    )
