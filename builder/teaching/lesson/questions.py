"""What the steps of the lesson ask, with the answer, and the mistakes by which a wrong number comes about."""

from __future__ import annotations

from math import prod

from builder.analysis.summary import listed
from builder.core.messages import Message, counted
from builder.layers.shapes import numbers, numel, parameter_text
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.teaching.exercises import Question, exercise
from builder.teaching.lesson.listings import shown_parameters


def _product(rows: int, outputs: int) -> Message:
    each = counted("{n} row", "{n} rows", n=rows)
    return Message("{rows} × {numbers} = {total}", rows=each, numbers=numbers(outputs), total=rows * outputs)


def shapes(plan: Plan, batch: Batch, seed: int) -> Question:
    rows, outputs = 2 * batch.rows, numel(plan.output_shape)
    why = _product(rows, outputs)
    slips = [
        (plan.count, Message("That is how many parameters the network has. They are not what comes out.")),
        (rows * numel(plan.input_shape), Message("That many numbers go in.")),
        (batch.rows * outputs, Message("That is for the batch as it is now.")),
        (outputs, Message("That is one row.")),
        (rows, Message("That is how many rows come out. Each holds more than one number.")),
    ]
    prompt = Message("A batch of {rows} rows goes through your network. How many numbers come out?", rows=rows)
    return Question("shapes", prompt, rows * outputs, why, slips)


def counting(plan: Plan, batch: Batch, seed: int) -> Question:
    return exercise(seed)


def summary(plan: Plan, batch: Batch, seed: int) -> Question | None:
    """How much leaves the last module of the summary."""
    modules = listed(plan)
    if not modules:
        return None
    name, last = modules[-1]
    outputs = numel(last.output_shape)
    total = batch.rows * outputs
    why = _product(batch.rows, outputs)
    slips = [
        (last.per_copy + last.shared_count, Message("That is the last column: its parameters.")),
        (outputs, Message("That is one row. The shape begins with the rows of the batch.")),
        (batch.rows + outputs, Message("You added the two numbers of the shape. Multiply them.")),
        (plan.count, Message("That is the total of the parameters.")),
    ]
    prompt = Message("Look at the line {name}. How many numbers does this layer give for the batch?", name=name)
    return Question("summary", prompt, total, why, slips)


def named(plan: Plan, batch: Batch, seed: int) -> Question | None:
    """How large the last weight is that is shown."""
    weights = [found for found in shown_parameters(plan) if found[0].endswith(".weight")]
    if not weights:
        return None
    name, shape, step = weights[-1]
    sizes = " × ".join(f"{size:,}" for size in shape)
    why = Message("{a} = {total}", a=sizes, total=prod(shape)) if len(shape) > 1 else parameter_text(prod(shape))
    slips = [
        (step.per_copy, Message("That includes the bias, which has a line of its own.")),
        (
            sum(shape),
            Message("You added the two sizes. Multiply them: a row for each neuron, a column for each input."),
        ),
        (shape[0], Message("That is how many rows the matrix has.")),
        (shape[-1], Message("That is how many columns the matrix has.")),
    ]
    prompt = Message("How many numbers does {name} hold?", name=name)
    return Question("named", prompt, prod(shape), why, slips if len(shape) > 1 else [])
