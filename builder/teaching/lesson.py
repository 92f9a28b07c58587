"""The tutorial as a lesson on the student's own network: what each step says, what it still misses, and what it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt

from builder.analysis import fitting
from builder.analysis.fitting import RECTIFIERS, SQUASHING
from builder.analysis.summary import arithmetic, sum_line, table_text
from builder.core.messages import Message, counted
from builder.formats.torch_source import to_python
from builder.initializers import Initializer
from builder.layers import LAYERS, Layer
from builder.layers.linear import Linear
from builder.layers.shapes import numel, parameter_text
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec, sibling
from builder.network.step import Step
from builder.teaching.exercises import Question, exercise
from builder.zoo.presets import PRESETS

MAX_LINES = 200  # of code or of parameters that a step shows
EXAMPLES = 2  # layers whose numbers stand for all

Mend = Callable[[NetworkSpec], NetworkSpec]


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


def class_text(plan: Plan, batch: Batch) -> str:
    """The class in the exported program, without what is around it; of a long one the beginning."""
    program = to_python(plan, batch)
    return _bounded(program[program.index("class Model") : program.index("def summary(")].rstrip().splitlines())


def parameters_text(plan: Plan, batch: Batch) -> str:
    """What a loop over `named_parameters()` finds: name, shape, and whether training changes it."""
    del batch  # parameters don't depend on it
    found = [
        (f"{_prefix(step)}{name}", str(list(shape)), f"requires_grad={not step.layer.frozen}")
        for step in plan.steps
        for name, shape in step.parameter_shapes.items()
    ]
    width = max((len(name) for name, _, _ in found), default=0)
    return _bounded([f"{name:<{width}}  {shape:<8}  {grad}" for name, shape, grad in found])


def _prefix(step: Step) -> str:
    return f"{step.path}."


def _bounded(lines: list[str]) -> str:
    return "\n".join(lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "…"])


# what the tutorial's network is made of


@dataclass(frozen=True)
class _Part:
    """A dense layer of the tutorial's network with the activation behind it, and what the lesson calls it."""

    place: int  # among the dense layers
    called: Message
    linear: Linear
    activation: type[Layer]
    checks_weights: bool = True
    checks_name: bool = False


TUTORIAL = PRESETS["tutorial"].experiment.network
_LINEARS = [layer for layer in TUTORIAL.layers if isinstance(layer, Linear)]
_ACTIVATIONS = [LAYERS[layer.kind] for layer in TUTORIAL.layers if not isinstance(layer, Linear)]
FIRST = _Part(0, Message("first layer"), _LINEARS[0], _ACTIVATIONS[0])
SECOND = _Part(1, Message("second layer"), _LINEARS[1], _ACTIVATIONS[1])
OUT = _Part(2, Message("output layer"), _LINEARS[2], _ACTIVATIONS[2], checks_weights=False, checks_name=True)
PARTS = (FIRST, SECOND, OUT)


def _dense(spec: NetworkSpec) -> list[str]:
    """The paths of the dense layers, in their order."""
    return [path for path, layer in spec.by_path.items() if isinstance(layer, Linear)]


def _path(part: _Part) -> Callable[[NetworkSpec], str]:
    """Where the layer is that stands for `part`."""
    return lambda spec: _dense(spec)[part.place]


def _lacks(part: _Part, spec: NetworkSpec) -> list[Message]:
    """What the student's layer at the place of `part` has not got."""
    paths = _dense(spec)
    if len(paths) <= part.place:
        return [Message("Your network has no {layer} yet.", layer=part.called)]
    path = paths[part.place]
    layer = spec.layer(path)
    assert isinstance(layer, Linear)  # by what `_dense` finds
    wanted, found = part.linear, []
    if layer.out_features != wanted.out_features:
        found.append(
            counted(
                "Your {layer} has {n} neuron; the tutorial's has {wanted}.",
                "Your {layer} has {n} neurons; the tutorial's has {wanted}.",
                n=layer.out_features,
                layer=part.called,
                wanted=wanted.out_features,
            )
        )
    if not layer.bias:
        found.append(Message("Your {layer} has no biases; the tutorial's has one a neuron.", layer=part.called))
    if layer.frozen:
        found.append(Message("Your {layer} is frozen; switch Trainable on at the right.", layer=part.called))
    if part.checks_weights and layer.weight_init != wanted.weight_init:
        found.append(_other_weights(part, layer.weight_init))
    behind = spec.activation(path)
    kind = spec.layer(behind).kind if behind else None
    if kind is None:
        found.append(
            Message(
                "No activation follows your {layer}; the tutorial's has {wanted}.",
                layer=part.called,
                wanted=part.activation.kind,
            )
        )
    elif kind != part.activation.kind:
        found.append(
            Message(
                "{kind} follows your {layer}; the tutorial's has {wanted}.",
                kind=kind,
                layer=part.called,
                wanted=part.activation.kind,
            )
        )
    if part.checks_name and layer.name != wanted.name:
        found.append(
            Message(
                "Your {layer} is called {name}; call it {wanted}.",
                layer=part.called,
                name=layer.name,
                wanted=wanted.name,
            )
        )
    return found


def _other_weights(part: _Part, chosen: Initializer) -> Message:
    wanted = part.linear.weight_init
    if chosen.kind == wanted.kind:
        return Message(
            "In your {layer}, the options of {weights} are not the usual ones.", layer=part.called, weights=wanted.label
        )
    return Message(
        "The weights of your {layer} start out as {chosen}; the tutorial's as {wanted}.",
        layer=part.called,
        chosen=chosen.label,
        wanted=wanted.label,
    )


def _built(part: _Part, spec: NetworkSpec) -> NetworkSpec:
    """With the dense layer of `part` and its activation, whatever was in their place; a name that was given stays.

    The layers before it that are not there yet are built, too.
    """
    for earlier in PARTS[len(_dense(spec)) : part.place]:
        spec = _built(earlier, spec)
    paths, wanted = _dense(spec), part.linear
    if len(paths) > part.place:
        path = paths[part.place]
        options: dict[str, object] = {"out_features": wanted.out_features, "bias": True, "trainable": True}
        options |= {"weight_init": wanted.weight_init} if part.checks_weights else {}
        layer = spec.layer(path)
        for name, value in options.items():
            layer = layer.with_option(name, value)
        spec = spec.replaced(path, layer)
    else:
        path = wanted.name if wanted.name not in spec.paths else spec.fresh_name(Linear)
        spec = spec.with_layers((*spec.layers, wanted.with_option("name", path)))
    return spec.activated(path, part.activation)


def _missing_first(plan: Plan) -> list[Message]:
    inputs, wanted = numel(plan.input_shape), numel(TUTORIAL.input.shape)
    unlike = counted(
        "Your network takes {n} input feature; the tutorial's takes {wanted}.",
        "Your network takes {n} input features; the tutorial's takes {wanted}.",
        n=inputs,
        wanted=wanted,
    )
    return [*([unlike] if inputs != wanted else []), *_lacks(FIRST, plan.spec)]


def _build_first(spec: NetworkSpec) -> NetworkSpec:
    return _built(FIRST, spec.model_copy(update={"input": TUTORIAL.input}))


def _missing_others(plan: Plan) -> list[Message]:
    others = _others(plan.spec)
    more = counted(
        "Your network has {n} layer that the tutorial's has not: {first}.",
        "Your network has {n} layers that the tutorial's has not, the first is {first}.",
        n=len(others),
        first=next(iter(others), ""),
    )
    return [*_lacks(SECOND, plan.spec), *_lacks(OUT, plan.spec), *([more] if others else [])]


def _build_others(spec: NetworkSpec) -> NetworkSpec:
    spec = _built(OUT, _built(SECOND, spec))
    if others := _others(spec):
        spec = spec.removed(*others)
    path, name = _dense(spec)[OUT.place], OUT.linear.name
    taken = sibling(path, name)
    if taken != path and taken in spec.paths:
        spec = spec.renamed(taken, spec.fresh_name(type(spec.layer(taken))))
    return spec.renamed(_dense(spec)[OUT.place], name)


def _others(spec: NetworkSpec) -> list[str]:
    """The paths of what is neither one of the three dense layers nor the activation right behind it, nor a group of these."""
    dense = _dense(spec)[: len(PARTS)]
    own = {path for linear in dense for path in (linear, spec.activation(linear)) if path}
    return [path for path in spec.paths if not any(f"{kept}.".startswith(f"{path}.") for kept in own)]


# what the steps say


def _network(plan: Plan, batch: Batch) -> list[Message]:
    inputs = numel(plan.input_shape)
    dense = len(_dense(plan.spec))
    yours = counted(
        "Your network has {n} layer of neurons. {inputs} numbers go in, {outputs} come out.",
        "Your network has {n} layers of neurons. {inputs} numbers go in, {outputs} come out.",
        n=dense,
        inputs=inputs,
        outputs=numel(plan.output_shape),
    )
    none = Message("Your network has no layers of neurons yet. You will build three in this lesson.")
    return [
        Message("A neuron multiplies each of its inputs by a weight, adds up the products, and adds its bias."),
        Message(
            "Neurons that look at the same inputs side by side are a layer. Layers stacked behind each other are a network."
        ),
        Message("Behind a layer stands an activation, such as sigmoid or ReLU: a curve that each sum goes through."),
        Message(
            "The layers between input and output are hidden layers. A network with several of them is called deep."
        ),
        yours if dense else none,
    ]


def _module(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message("In PyTorch a network is a class. It inherits from nn.Module and has two methods."),
        Message(
            "__init__ runs once, when the network is made. It defines the layers and sets how their weights start out."
        ),
        Message(
            "forward passes the data x through the layers, one line after the other. You write model(x), and forward is called by itself."
        ),
        Message("This is the class of your own network. Change a layer at the right, and its lines change here."),
    ]


def _then(part: _Part) -> Message:
    return Message(
        "Then give it {n} neurons, and choose {weights} for its weights.",
        n=part.linear.out_features,
        weights=part.linear.weight_init.label,
    )


def _first(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message(
            "Build the tutorial's network. Its first hidden layer takes {inputs} inputs and has {n} neurons, with sigmoid.",
            inputs=numel(TUTORIAL.input.shape),
            n=FIRST.linear.out_features,
        ),
        Message(
            "Choose “with Sigmoid” in the list below the layers, and press “+ Dense layer”. It becomes the selected layer."
        ),
        _then(FIRST),
    ]


def _others_too(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message(
            "The second hidden layer takes the {inputs} outputs of the first and has {n} neurons, with ReLU.",
            inputs=FIRST.linear.out_features,
            n=SECOND.linear.out_features,
        ),
        Message(
            "A new layer goes behind the selected one. Select your last layer, choose “with ReLU”, and press “+ Dense layer”."
        ),
        _then(SECOND),
        Message(
            "The output layer has {n} neurons, one for each class. It is called {name}.",
            n=OUT.linear.out_features,
            name=OUT.linear.name,
        ),
        Message("Softmax turns its scores into probabilities: each is positive, and each row sums to 1."),
        Message(
            "Add one more dense layer at the end, with Softmax and {n} neurons, and change its name at the right.",
            n=OUT.linear.out_features,
        ),
    ]


def _weights(plan: Plan, batch: Batch) -> list[Message]:
    dense = fitting.dense_layers(plan)
    squashed = [d for d in dense if d.activation and isinstance(d.activation.layer, SQUASHING)]
    rectified = [d for d in dense if d.activation and isinstance(d.activation.layer, RECTIFIERS)]
    own = [*map(_xavier, squashed[:EXAMPLES]), *map(_he, rectified[:EXAMPLES])]
    return [
        Message(
            "Training starts from random weights. Too small, and the signal fades from layer to layer; too large, and it explodes."
        ),
        Message(
            "Sigmoid is steep only around 0 and flat at both ends. Xavier weights take the layer's inputs and neurons into "
            "account, and keep the signal where it is steep."
        ),
        Message(
            "ReLU sets about half of all sums to 0. To make up for it, He weights have the variance 2 / inputs, twice as "
            "much as would do without ReLU."
        ),
        *(own or [Message("Your network has no layer with sigmoid or ReLU yet, so there are no numbers to put in.")]),
    ]


def _xavier(dense: fitting.Dense) -> Message:
    fan_in, fan_out = prod(dense.step.input_shape), dense.neurons
    return Message(
        "Xavier for your layer {name}: weights between −b and b, b = √(6 / ({fan_in} + {fan_out})) = {bound}.",
        name=dense.path,
        fan_in=fan_in,
        fan_out=fan_out,
        bound=sqrt(6 / (fan_in + fan_out)),
    )


def _he(dense: fitting.Dense) -> Message:
    fan_in = prod(dense.step.input_shape)
    return Message(
        "He for your layer {name}: a bell curve with standard deviation σ = √(2 / {fan_in}) = {deviation}.",
        name=dense.path,
        fan_in=fan_in,
        deviation=sqrt(2 / fan_in),
    )


def _shapes(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message(
            "Data comes in batches: several rows at once, each one example. The first number of a shape is the rows."
        ),
        Message(
            "Your batch: {before} goes in, {after} comes out. [batch, in_features] becomes [batch, out_features].",
            before=_shape(batch.rows, plan.input_shape),
            after=_shape(batch.rows, plan.output_shape),
        ),
        Message(
            "Inputs and weights are two different things. Inputs are data, other "
            "numbers each time. The {n} parameters belong to the network.",
            n=plan.count,
        ),
        Message("With more rows, there is more data. The number of parameters stays the same."),
    ]


def _ask_shapes(plan: Plan, batch: Batch, seed: int) -> Question:
    rows, outputs = 2 * batch.rows, numel(plan.output_shape)
    why = Message("{rows} rows × {outputs} numbers = {total}", rows=rows, outputs=outputs, total=rows * outputs)
    slips = [
        (plan.count, Message("That is how many parameters the network has. They are not what comes out.")),
        (rows * numel(plan.input_shape), Message("That many numbers go in.")),
        (batch.rows * outputs, Message("That is for the batch as it is now.")),
        (outputs, Message("That is one row.")),
        (rows, Message("That is how many rows come out. Each holds more than one number.")),
    ]
    prompt = Message("A batch of {rows} rows goes through your network. How many numbers come out?", rows=rows)
    return Question("shapes", prompt, rows * outputs, why, slips)


def _shape(rows: int, shape: tuple[int, ...]) -> str:
    return str([rows, *shape])


def _counting(plan: Plan, batch: Batch) -> list[Message]:
    learned = [step for step in plan.steps if step.count]
    own = [
        Message("{name}: {arithmetic}", name=step.path, arithmetic=arithmetic(step)) for step in learned[: len(PARTS)]
    ]
    more = Message("All of your network: {sum} = {total}", sum=sum_line(s.count for s in learned), total=plan.count)
    return [
        Message(
            "Each neuron has one weight for every input, and one bias. So a Linear layer has inputs × neurons weights and "
            "as many biases as neurons."
        ),
        *own,
        *([more] if learned else [Message("Your network has no parameters yet.")]),
        Message("Now count by hand:"),
    ]


def _ask_counting(plan: Plan, batch: Batch, seed: int) -> Question:
    return exercise(seed)


def _summary(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message(
            "A summary has a line for each module of the class: its type and number, the shape that it gives, and its parameters."
        ),
        Message(
            "Sigmoid, ReLU and softmax have no line: in this class they are functions in forward, and have nothing to learn."
        ),
        Message(
            "Trainable parameters are those that training may change. Each takes 4 bytes; 1 MB is 2²⁰ bytes, so a small network shows 0.00."
        ),
    ]


def _ask_summary(plan: Plan, batch: Batch, seed: int) -> Question | None:
    """How much leaves the last module of the summary."""
    modules = [step for step in plan.steps if step.is_module]
    if not modules:
        return None
    last, name = modules[-1], f"{modules[-1].layer.kind}-{len(modules)}"
    outputs = numel(last.output_shape)
    total = batch.rows * outputs
    why = Message("{rows} rows × {outputs} numbers = {total}", rows=batch.rows, outputs=outputs, total=total)
    slips = [
        (last.count, Message("That is the last column: its parameters.")),
        (outputs, Message("That is one row. The shape begins with the rows of the batch.")),
        (batch.rows + outputs, Message("You added the two numbers of the shape. Multiply them.")),
        (plan.count, Message("That is the total of the parameters.")),
    ]
    prompt = Message("Look at the line {name}. How many numbers does this layer give for the batch?", name=name)
    return Question("summary", prompt, total, why, slips)


def _named(plan: Plan, batch: Batch) -> list[Message]:
    return [
        Message(
            "named_parameters() goes through the same parameters tensor by tensor: a name, and a matrix or a vector."
        ),
        Message(
            "A weight has a row for each neuron and a column for each input: [neurons, inputs]. A bias has one number a neuron."
        ),
        Message(
            "requires_grad=True says that training may change it. Freeze a layer at the right, and it becomes False."
        ),
    ]


def _ask_named(plan: Plan, batch: Batch, seed: int) -> Question | None:
    """How large the last weight is."""
    weights = [(step, step.parameter_shapes["weight"]) for step in plan.steps if "weight" in step.parameter_shapes]
    if not weights:
        return None
    step, shape = weights[-1]
    sizes = " × ".join(f"{size:,}" for size in shape)
    why = Message("{a} = {total}", a=sizes, total=prod(shape)) if len(shape) > 1 else parameter_text(prod(shape))
    slips = [
        (step.count, Message("That includes the bias, which has a line of its own.")),
        (
            sum(shape),
            Message("You added the two sizes. Multiply them: a row for each neuron, a column for each input."),
        ),
        (shape[0], Message("That is how many rows the matrix has.")),
        (shape[-1], Message("That is how many columns the matrix has.")),
    ]
    prompt = Message("How many numbers does {name} hold?", name=f"{step.path}.weight")
    return Question("named", prompt, prod(shape), why, slips if len(shape) > 1 else [])


def _judgement(plan: Plan, batch: Batch) -> list[Message]:
    options = counted("{n} layer", "{n} layers", n=len(plan.steps))
    return [
        Message(
            "+ Accurate: on many tasks better than other methods, on some better than people. A classic beginning is the MNIST MLP, "
            "which reads digits; it is in the list at the top."
        ),
        Message(
            "+ They approximate any non-linear function, given enough neurons. Without the activations, "
            "any stack of layers could do no more than one layer."
        ),
        Message(
            "+ There are many frameworks and libraries. The program that Build exports runs in PyTorch, without this app."
        ),
        Message(
            "− A black box. Choose “By neuron” at the right: every one of your {n} parameters can be seen, and none says what it is for.",
            n=plan.count,
        ),
        Message(
            "− Long training and much computing. One row costs your network {macs} multiplications, and "
            "training takes many rows, again and again.",
            macs=plan.macs,
        ),
        Message(
            "− Many hyper-parameters to set. For your {layers} you chose widths, activations, initializers and biases, each by hand.",
            layers=options,
        ),
        Message(
            "− They overfit small data. With {n} parameters and only {rows} rows, your network could learn the rows by heart.",
            n=plan.count,
            rows=batch.rows,
        ),
        Message(
            "That was the lesson. The sheet shows your network and its numbers on paper, with exercises and their solutions."
        ),
    ]


LESSONS: tuple[Lesson, ...] = (
    Lesson("network", Message("Network"), Message("What a network is"), _network),
    Lesson(
        "module",
        Message("nn.Module"),
        Message("nn.Module and its two methods"),
        _module,
        display=class_text,
        python=True,
    ),
    Lesson(
        "first",
        Message("Layer 1"),
        Message("Build the first hidden layer"),
        _first,
        _missing_first,
        _build_first,
        _path(FIRST),
    ),
    Lesson(
        "others",
        Message("Layer 2 and output"),
        Message("Build the second layer and the output"),
        _others_too,
        _missing_others,
        _build_others,
        _path(OUT),
    ),
    Lesson("weights", Message("Weights"), Message("Why Xavier, why He"), _weights),
    Lesson("shapes", Message("Shapes"), Message("Shapes: data and parameters"), _shapes, ask=_ask_shapes),
    Lesson("counting", Message("Counting"), Message("Count the parameters"), _counting, ask=_ask_counting, fresh=True),
    Lesson(
        "summary",
        Message("Summary"),
        Message("Read the summary"),
        _summary,
        ask=_ask_summary,
        display=lambda plan, batch: table_text(plan, batch.rows),
    ),
    Lesson(
        "named",
        Message("Parameters"),
        Message("Read named_parameters()"),
        _named,
        ask=_ask_named,
        display=parameters_text,
    ),
    Lesson("judgement", Message("Pros and cons"), Message("Strengths and weaknesses"), _judgement),
)
