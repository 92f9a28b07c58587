"""What memory the network takes in training and afterwards, item by item, with the arithmetic and what is left out."""

from __future__ import annotations

from builder.analysis.memory import NUMBER_TYPES, OPTIMISERS, Memory, NumberType, Optimiser, memory
from builder.core.messages import Message, size_text
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.components.panel import line, panel
from builder.ui.parts import fields
from builder.ui.parts.markup import table, text
from builder.ui.state import session

NUMBERS, OPTIMISER = "numbers", "optimiser"  # the views that say of what type all numbers are, and what trains them
LABELS: dict[Optimiser, Message] = {
    "SGD": Message("SGD"),
    "momentum": Message("SGD with momentum"),
    "Adam": Message("Adam"),
}


def show(plan: Plan, batch: Batch) -> None:
    """Two choices, a row an item, the sums, and what no number of them counts."""
    types: dict[str, Message] = {name: Message(name) for name in NUMBER_TYPES}
    optimisers: dict[str, Message] = {name: LABELS[name] for name in OPTIMISERS}
    panel(
        [
            line(
                fields.view(NUMBERS, Message("Numbers"), types, "float32", as_list=True),
                fields.view(OPTIMISER, Message("Optimiser"), optimisers, "Adam", as_list=True),
            )
        ],
        key="memory",
    )
    number: NumberType = next(t for t in NUMBER_TYPES if t == session.view(NUMBERS, "float32", types))
    optimiser: Optimiser = next(o for o in OPTIMISERS if o == session.view(OPTIMISER, "Adam", optimisers))
    found = memory(plan, batch.rows, number, optimiser)
    with sheet.box("breakdown"):
        if number == "int8":
            rows, total = _inference(found), found.inference
            said = [Message("With int8 a network that was trained answers; it is not trained: there are no gradients.")]
        else:
            rows, total = _training(found, optimiser), found.training
            said = [_afterwards(found), *_about(found, number)]
        head = [session.say(Message("item")), session.say(Message("numbers")), "", session.say(Message("bytes"))]
        about = "≈ " if found.estimated else ""
        sums = [session.say(Message("sum")), "", "", about + size_text(total)]
        sheet.html(table(head, [*rows, sums], sums=True, css="breakdown"))
        sheet.html("".join(text("p", session.say(message), "small") for message in [*said, LEFT_OUT]))


KEPT, KEPT_ABOUT = Message("kept for the backward pass"), Message("≈ kept for the backward pass")
LEFT_OUT = Message(
    "Left out: what the libraries themselves take, the work space of their algorithms, copies that an optimiser makes for a "
    "moment, and gaps between blocks of memory."
)


def _training(found: Memory, optimiser: Optimiser) -> list[list[str]]:
    items = [
        (Message("parameters"), found.parameters),
        (Message("running means and variances"), found.buffers),
        (Message("gradients"), found.trainable),
        (Message("state of {optimiser}", optimiser=LABELS[optimiser]), found.state),
        (KEPT_ABOUT if found.estimated else KEPT, found.kept),
    ]
    rows = [_row(label, count, found.size) for label, count in items if count or label.template == "parameters"]
    if found.kept_bytes:
        label = session.say(Message("words and places of maxima"))
        rows.append([label, f"{found.kept_bytes // 8:,}", "× 8 B", size_text(found.kept_bytes)])
    if found.counters:
        rows.append([session.say(Message("counters of steps and batches")), "", "", size_text(found.counters)])
    return rows


def _inference(found: Memory) -> list[list[str]]:
    items = [
        (Message("parameters"), found.parameters),
        (Message("running means and variances"), found.buffers),
        (Message("held at once, where that is most"), found.largest),
    ]
    return [_row(label, count, found.size) for label, count in items if count]


def _row(label: Message, count: int, size: int) -> list[str]:
    return [session.say(label), f"{count:,}", f"× {size} B", size_text(size * count)]


def _afterwards(found: Memory) -> Message:
    return Message(
        "That is for training. To answer only, it takes {size}: parameters, and, where that is most, what goes into a layer and "
        "comes out of it, with what waits to be merged.",
        size=size_text(found.inference),
    )


def _about(found: Memory, number: NumberType) -> list[Message]:
    if not found.estimated:
        return []
    kinds = ", ".join(found.estimated)
    if number == "float32":
        return [
            Message(
                "≈ What {kinds} keeps inside is estimated: to about a tenth where it is large; a small one takes more. The rest is exact.",
                kinds=kinds,
            )
        ]
    return [
        Message(
            "≈ What {kinds} keeps inside is estimated: with {number} torch leaves some of it in float32 or calculates in another "
            "way, so that it can be half or twice as much. The rest is exact.",
            kinds=kinds,
            number=number,
        )
    ]
