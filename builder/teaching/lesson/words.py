"""What each step of the lesson says, with the numbers of the student's own network."""

from __future__ import annotations

from math import sqrt

from builder.analysis import fitting
from builder.analysis.fitting import RECTIFIERS, SQUASHING
from builder.analysis.summary import arithmetic, sum_line
from builder.core.messages import Message, counted
from builder.initializers import fans
from builder.layers.shapes import numbers, numel
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.teaching.lesson.tutorial import FIRST, OUT, PARTS, SECOND, TUTORIAL, Part, dense_paths

EXAMPLES = 2  # layers whose numbers stand for all


def network(plan: Plan, batch: Batch) -> list[Message]:
    inputs = numel(plan.input_shape)
    dense = len(dense_paths(plan.spec))
    yours = counted(
        "Your network has {n} layer of neurons: {inputs} in, {outputs} out.",
        "Your network has {n} layers of neurons: {inputs} in, {outputs} out.",
        n=dense,
        inputs=numbers(inputs),
        outputs=numbers(numel(plan.output_shape)),
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


def module(plan: Plan, batch: Batch) -> list[Message]:
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


def first(plan: Plan, batch: Batch) -> list[Message]:
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


def others(plan: Plan, batch: Batch) -> list[Message]:
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


def _then(part: Part) -> Message:
    return Message(
        "Then give it {n} neurons, and choose {weights} for its weights.",
        n=part.linear.out_features,
        weights=part.linear.weight_init.label,
    )


def weights(plan: Plan, batch: Batch) -> list[Message]:
    dense = fitting.dense_layers(plan)
    squashed = [d for d in dense if d.activation and isinstance(d.activation.layer, SQUASHING)]
    rectified = [d for d in dense if d.activation and isinstance(d.activation.layer, RECTIFIERS)]
    shown = [*squashed[:EXAMPLES], *rectified[:EXAMPLES]]
    own = [*map(_xavier, squashed[:EXAMPLES]), *map(_he, rectified[:EXAMPLES])]
    window = Message(
        "A filter of a convolution counts as a neuron that sees its window alone, so its inputs are the numbers in the window. And "
        "each number that comes in is seen by all filters from every place of the window, so these count as its neurons."
    )
    convolved = any(dense.step.layer.family == "convolution" for dense in shown)
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
        *([window] if convolved else []),
        *(own or [Message("Your network has no layer with sigmoid or ReLU yet, so there are no numbers to put in.")]),
    ]


def _xavier(dense: fitting.Dense) -> Message:
    fan_in, fan_out = fans(dense.step.parameter_shapes["weight"])
    return Message(
        "Xavier for your layer {name}: weights between −b and b, b = √(6 / ({fan_in} + {fan_out})) = {bound}.",
        name=dense.path,
        fan_in=fan_in,
        fan_out=fan_out,
        bound=sqrt(6 / (fan_in + fan_out)),
    )


def _he(dense: fitting.Dense) -> Message:
    fan_in, _ = fans(dense.step.parameter_shapes["weight"])
    return Message(
        "He for your layer {name}: a bell curve with standard deviation σ = √(2 / {fan_in}) = {deviation}.",
        name=dense.path,
        fan_in=fan_in,
        deviation=sqrt(2 / fan_in),
    )


def shapes(plan: Plan, batch: Batch) -> list[Message]:
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


def _shape(rows: int, shape: tuple[int, ...]) -> str:
    return str([rows, *shape])


def counting(plan: Plan, batch: Batch) -> list[Message]:
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


def summary(plan: Plan, batch: Batch) -> list[Message]:
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


def named(plan: Plan, batch: Batch) -> list[Message]:
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


def judgement(plan: Plan, batch: Batch) -> list[Message]:
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
