"""The steps of the lesson, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from builder.analysis.fixes import Mend
from builder.analysis.summary import table_text
from builder.core.messages import Message
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec
from builder.teaching.exercises import Question
from builder.teaching.lesson import questions, words
from builder.teaching.lesson.listings import class_text, parameters_text
from builder.teaching.lesson.tutorial import (
    FIRST,
    OUT,
    build_first,
    build_others,
    missing_first,
    missing_others,
    path_of,
)


@dataclass(frozen=True)
class Lesson:
    """One step. All that it says is about the student's own network, as a plan, with its batch.

    `missing` says what the network lacks for this step, nothing when it is done; `mend` does it for the student.
    `ask` gives the question, if there is one; the seed is that of the exercise. `display` is text in fixed type.
    """

    key: str
    short: Message
    title: Message
    paragraphs: Callable[[Plan, Batch], list[Message]]
    missing: Callable[[Plan], list[Message]] = lambda plan: []
    mend: Mend | None = None
    built: Callable[[NetworkSpec], str] | None = None  # the path of the layer that the mend is about
    ask: Callable[[Plan, Batch, int], Question | None] = lambda plan, batch, seed: None
    display: Callable[[Plan, Batch], str] | None = None
    python: bool = False  # is that text a program?
    fresh: bool = False  # can it ask with new numbers?


LESSONS: tuple[Lesson, ...] = (
    Lesson("network", Message("Network"), Message("What a network is"), words.network),
    Lesson(
        "module",
        Message("nn.Module"),
        Message("nn.Module and its two methods"),
        words.module,
        display=class_text,
        python=True,
    ),
    Lesson(
        "first",
        Message("Layer 1"),
        Message("Build the first hidden layer"),
        words.first,
        missing_first,
        build_first,
        path_of(FIRST),
    ),
    Lesson(
        "others",
        Message("Layer 2 and output"),
        Message("Build the second layer and the output"),
        words.others,
        missing_others,
        build_others,
        path_of(OUT),
    ),
    Lesson("weights", Message("Weights"), Message("Why Xavier, why He"), words.weights),
    Lesson("shapes", Message("Shapes"), Message("Shapes: data and parameters"), words.shapes, ask=questions.shapes),
    Lesson(
        "counting",
        Message("Counting"),
        Message("Count the parameters"),
        words.counting,
        ask=questions.counting,
        fresh=True,
    ),
    Lesson(
        "summary",
        Message("Summary"),
        Message("Read the summary"),
        words.summary,
        ask=questions.summary,
        display=lambda plan, batch: table_text(plan, batch.rows),
    ),
    Lesson(
        "named",
        Message("Parameters"),
        Message("Read named_parameters()"),
        words.named,
        ask=questions.named,
        display=parameters_text,
    ),
    Lesson("judgement", Message("Pros and cons"), Message("Strengths and weaknesses"), words.judgement),
)
