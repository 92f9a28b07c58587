"""The edit that makes a network fit a set of data: its input, and what it gives."""

from __future__ import annotations

from contextlib import suppress

from builder.analysis.fixes import fix_of
from builder.core.messages import Message
from builder.core.options import Refusal
from builder.layers import Layer
from builder.layers.activations import Sigmoid
from builder.layers.embedding import Embedding
from builder.layers.linear import Linear
from builder.layers.output import Softmax
from builder.layers.shape import Flatten
from builder.network.experiment import Experiment
from builder.network.inputs import Input, Tokens
from builder.network.labels import Labels, is_allowed
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec
from builder.network.step import Step
from builder.runtime.probe import last_computing
from builder.training.data import Dataset
from builder.training.data.base import PLANE

MOST_FIXES = 8


def fitted(experiment: Experiment, dataset: Dataset) -> Experiment:
    """The experiment with input and output as `dataset` needs them, called as there: one edit. Raises `Refusal` where none is known."""
    spec = experiment.network.with_option("input", _input(experiment.network.input, dataset))
    if spec.layers and isinstance(spec.layers[0], Embedding) and not isinstance(spec.input, Tokens):
        spec = spec.removed(spec.layers[0].name)  # vectors come in as they are
    return experiment.with_network(_with_output(_mended(spec), dataset)).with_labels(_labels(dataset))


def wanted(dataset: Dataset, now: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The shape of what a network has to give for a row; two classes may be told by one output, as they are `now`."""
    if dataset.data.aim == "number":
        return (1,)
    classes = len(dataset.classes)
    if dataset.data.each_step:
        return (*dataset.shape, classes)
    return (1,) if classes == 2 and now == (1,) else (classes,)


def logits(plan: Plan, aim: str) -> tuple[NetworkSpec, tuple[str, ...]]:
    """The network that is trained to tell classes, and the layers at its end that make probabilities of its scores (logits).

    The loss takes the scores themselves and does better what these layers do.
    """
    spec, left = plan.spec, list[str]()
    while aim == "class" and (last := last_computing(plan)) is not None and _makes_probabilities(last):
        left.insert(0, last.path)
        spec = spec.removed(last.path)
        plan = make_plan(spec)
    return spec, tuple(left)


def _makes_probabilities(last: Step) -> bool:
    return last.layer.family == "output" or (isinstance(last.layer, Sigmoid) and tuple(last.output_shape) == (1,))


def _labels(dataset: Dataset) -> Labels:
    """The names of columns and classes, with blanks for signs that a label can't have; none where they say nothing or can't be had."""
    columns = () if dataset.columns == PLANE else dataset.columns
    classes = () if all(name.isdecimal() for name in dataset.classes) else dataset.classes
    made = Labels()
    for option, names in (("features", columns), ("classes", classes)):
        readable = tuple(" ".join("".join(c if is_allowed(c) else " " for c in name).split()) for name in names)
        with suppress(Refusal):
            made = made.with_option(option, readable)
    return made


def _input(now: Input, dataset: Dataset) -> Input:
    """As the network has it, where the data can be given to it so; else of the same kind; else the best."""
    if dataset.arrangement(now) is not None:
        return now
    return next((given for given in dataset.inputs if type(given) is type(now)), dataset.inputs[0])


def _mended(spec: NetworkSpec) -> NetworkSpec:
    for _ in range(MOST_FIXES):
        plan = make_plan(spec)
        fix = fix_of(spec, plan.problem) if plan.problem else None
        if fix is None:
            break
        spec = fix.mend(spec)
    return spec


def _with_output(spec: NetworkSpec, dataset: Dataset) -> NetworkSpec:
    plan = make_plan(spec)
    if plan.problem is not None and plan.problem.path != INPUT:
        raise Refusal(plan.problem.message)
    shape = wanted(dataset, tuple(plan.output_shape))
    last = last_computing(plan)
    if last is not None and last.layer.family == "output" and dataset.data.aim == "number":
        return _with_output(spec.removed(last.path), dataset)
    if last is not None and isinstance(last.layer, Sigmoid) and dataset.data.aim == "class" and shape != (1,):
        spec = spec.swapped(Softmax, last.path)
    spec = _wide(spec, dataset, shape)
    if not _gives(spec, shape):
        raise Refusal(
            Message("There is no simple edit that makes this network fit the data; let it end in a Linear layer.")
        )
    return spec


def _wide(spec: NetworkSpec, dataset: Dataset, shape: tuple[int, ...]) -> NetworkSpec:
    """With as many outputs in the last dense layer, or with one behind the rest."""
    if _gives(spec, shape):
        return spec
    dense = [step for step in make_plan(spec).steps if isinstance(step.layer, Linear)]
    if dense:
        wider = spec.replaced(dense[-1].path, dense[-1].layer.with_option("out_features", shape[-1]))
        if _gives(wider, shape):
            return wider
    scores, ends = logits(make_plan(spec), dataset.data.aim)
    plan = make_plan(scores)
    made: list[Layer] = []
    if len(plan.output_shape) > 1 and not dataset.data.each_step:
        made.append(Flatten(name=spec.fresh_name(Flatten)))
    made.append(Linear(name=spec.fresh_name(Linear), out_features=shape[-1]))
    if ends:
        return spec.exchanged({ends[0]: (*made, spec.layer(ends[0]))})
    return spec.with_layers((*spec.layers, *made))


def _gives(spec: NetworkSpec, shape: tuple[int, ...]) -> bool:
    """Do all layers fit, and is that what they give?"""
    plan = make_plan(spec)
    return plan.problem is None and tuple(plan.output_shape) == shape
