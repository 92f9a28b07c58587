"""Questions with a number for an answer: parameters to count by hand, and what a wrong number says about the mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from builder.analysis.summary import arithmetic, sum_line
from builder.core.messages import Message
from builder.layers import Layer
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec

MAX_SEED = 10**6
MAX_DIGITS = 18  # of an answer that is read; the largest network has 16
SMALLEST, LARGEST = 2, 9  # neurons and inputs: products that one can do in one's head

BIASES_FORGOTTEN = Message("You counted the weights only. Each neuron also has a bias.")
BIASES_MULTIPLIED = Message("You multiplied by the biases. They are added to the weights.")
BIASES_OF_INPUTS = Message("You counted a bias for each input. A bias belongs to a neuron.")
ONE_BIAS = Message("You counted one bias for the whole layer. Each neuron has its own.")
NO_BIASES = Message("You counted biases, but this layer has none.")
SIZES_ADDED = Message("You added the sizes. Every neuron has a weight for every input, so multiply them.")
OUTPUTS_AS_INPUTS = Message(
    "You took the neurons for the inputs, too. Each neuron has as many weights as there are inputs."
)
INPUTS_AS_OUTPUTS = Message("You took the inputs for the neurons, too. The neurons are what the layer gives.")


@dataclass(frozen=True)
class Verdict:
    """What there is to say of an answer."""

    right: bool
    said: tuple[Message, ...]


@dataclass(frozen=True)
class Question:
    """What is asked, the right number, how it comes about, and the wrong numbers that tell which mistake was made.

    Of `slips` that happen to come to the same number, the first, which is the likeliest, counts; one that comes to the
    right number is never taken for a mistake.
    """

    key: str
    prompt: Message
    answer: int
    why: Message
    slips: Sequence[tuple[int, Message]]

    def judge(self, typed: str) -> Verdict:
        """What to say of `typed`, which may be anything."""
        number = whole(typed)
        if number is None:
            return Verdict(False, (Message("The answer is a whole number, written in digits."),))
        if number == self.answer:
            return Verdict(True, (Message("Right: {why}", why=self.why),))
        unknown = Message("{number} is not right.", number=number)
        mistake = next((said for slip, said in self.slips if slip == number), unknown)
        return Verdict(False, (mistake, Message("This is how it is counted: {why}", why=self.why)))


def whole(typed: str) -> int | None:
    """The whole number in `typed`, with or without commas or spaces between thousands; None if there is none."""
    digits = typed.strip().replace(",", "").replace("，", "").replace(" ", "")
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def exercise(seed: int) -> Question:
    """Parameters to count; the same seed always asks the same. One after the other, the four kinds take turns."""
    a, b, c = _sizes(seed)
    plan = make_plan(network(seed))
    match seed % 4:
        case 0:
            return _with_biases(plan, a, b)
        case 1:
            return _without_biases(plan, a, b)
        case 2:
            return _two_layers(plan, a, b, c)
    return _batch_norm(plan, a)


def network(seed: int) -> NetworkSpec:
    """The network that `exercise(seed)` asks about."""
    a, b, c = _sizes(seed)
    match seed % 4:
        case 0:
            return _spec(a, Linear(name="linear1", out_features=b))
        case 1:
            return _spec(a, Linear(name="linear1", out_features=b, bias=False))
        case 2:
            return _spec(a, Linear(name="linear1", out_features=b), Linear(name="linear2", out_features=c))
    return _spec(a, BatchNorm1d(name="batchnorm1"))


def _sizes(seed: int) -> list[int]:
    """Three different ones, so that each mistake leads to a number of its own."""
    return Random(seed).sample(range(SMALLEST, LARGEST + 1), 3)


def _spec(in_features: int, *layers: Layer) -> NetworkSpec:
    return NetworkSpec(input=Features(in_features=in_features), layers=layers)


def _with_biases(plan: Plan, a: int, b: int) -> Question:
    prompt = Message("A Linear layer with {a} inputs and {b} neurons, each with a bias. How many parameters?", a=a, b=b)
    slips = [
        (a * b, BIASES_FORGOTTEN),
        (a * b * b, BIASES_MULTIPLIED),
        (a * b + a, BIASES_OF_INPUTS),
        (a * b + 1, ONE_BIAS),
        (b * b + b, OUTPUTS_AS_INPUTS),
        (a * a + a, INPUTS_AS_OUTPUTS),
        (a + b, SIZES_ADDED),
    ]
    return _counting(plan, prompt, slips)


def _without_biases(plan: Plan, a: int, b: int) -> Question:
    prompt = Message("A Linear layer with {a} inputs and {b} neurons, without biases. How many parameters?", a=a, b=b)
    slips = [
        (a * b + b, NO_BIASES),
        (b * b, OUTPUTS_AS_INPUTS),
        (a * a, INPUTS_AS_OUTPUTS),
        (a + b, SIZES_ADDED),
    ]
    return _counting(plan, prompt, slips)


def _two_layers(plan: Plan, a: int, b: int, c: int) -> Question:
    prompt = Message(
        "A network with {a} inputs, a hidden layer of {b} neurons and an output layer of {c}, all with biases. How many "
        "parameters?",
        a=a,
        b=b,
        c=c,
    )
    first, second = a * b + b, b * c + c
    slips = [
        (a * b + b * c, BIASES_FORGOTTEN),
        (a * b + a + b * c + b, BIASES_OF_INPUTS),
        (first, Message("That is the hidden layer. The output layer has parameters, too.")),
        (second, Message("That is the output layer. The hidden layer has parameters, too.")),
        (
            first + a * c + c,
            Message("The output layer takes what the hidden layer gives, not what goes into the network."),
        ),
        (a * c + c, Message("You left out the hidden layer: its {n} neurons stand between input and output.", n=b)),
        (a * b * c, Message("You multiplied all three sizes. Count each layer by itself, then add.")),
        (a + b + c, SIZES_ADDED),
    ]
    return _counting(plan, prompt, slips)


def _batch_norm(plan: Plan, a: int) -> Question:
    prompt = Message("A BatchNorm1d layer for {a} features. How many parameters does it learn?", a=a)
    slips = [
        (4 * a, Message("You counted the running means and variances. They are measured, not learned.")),
        (a, Message("You counted one number a feature. Each has a scale (weight) and a shift (bias).")),
        (a * a + a, Message("That would be a Linear layer. BatchNorm treats each feature by itself.")),
        (a * a, Message("That would be a Linear layer. BatchNorm treats each feature by itself.")),
    ]
    return _counting(plan, prompt, slips)


def _counting(plan: Plan, prompt: Message, slips: Sequence[tuple[int, Message]]) -> Question:
    return Question("counting", prompt, plan.count, _why(plan), slips)


def _why(plan: Plan) -> Message:
    """The arithmetic of the network's one layer, or of each of its two, and their sum."""
    lines = [arithmetic(step) for step in plan.steps]
    if len(lines) == 1:
        return lines[0]
    counts = sum_line(step.count for step in plan.steps)
    return Message(
        "{first}; {second}; {counts} = {total}", first=lines[0], second=lines[1], counts=counts, total=plan.count
    )
