"""What a teacher would say of a network – what is wrong or unwise in it, why, and the edit that mends it. It builds nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise, takewhile

from builder.analysis import autoencoder, axes, constants, fitting, structure
from builder.analysis.advising import Advice, about, names, removal, setting
from builder.analysis.fixes import Mend, fix_of
from builder.analysis.flow import depth
from builder.core.messages import Message
from builder.initializers import Default, Initializer, KaimingNormal, XavierUniform
from builder.layers.activations import ReLU, Sigmoid, Tanh
from builder.layers.output import AlongClasses
from builder.layers.regularization import Dropout
from builder.network.plan import Plan
from builder.network.spec import INPUT

DEEP_SIGMOID, DEEP_TANH = 4, 10  # hidden layers


def advise(plan: Plan, rows: int) -> tuple[Advice, ...]:
    """All there is to know of `plan` with a batch of `rows` rows, the most serious first, each thing once.

    The `RULES` look at all layers, so they wait until these fit.
    """
    ruled = (rule(plan) for rule in RULES if plan.problem is None)
    found = [_unfit(plan), _excess(plan, rows), *_notices(plan, rows), *ruled]
    return tuple(advice for advice in found if advice is not None)


def _unfit(plan: Plan) -> Advice | None:
    """The plan's problem, with the edit that mends it where one is obvious."""
    if (problem := plan.problem) is None:
        return None
    paths = (problem.path,) if problem.path != INPUT else ()
    fix = fix_of(plan.spec, problem)
    if fix is None:
        return Advice("unfit", paths, about(paths, problem.message), problem=True)
    return Advice(fix.kind, paths, about(paths, problem.message), fix.label, fix.mend, problem=True)


def _excess(plan: Plan, rows: int) -> Advice | None:
    """What keeps the network from living here; its code runs all the same."""
    if (excess := plan.over_budget(rows)) is None:
        return None
    paths = (excess.path,) if excess.path != INPUT else ()
    return Advice("excess", paths, about(paths, excess.message), view="numbers")


def _notices(plan: Plan, rows: int) -> list[Advice]:
    """What layers say of themselves; layers that say the same say it together."""
    said: dict[tuple[str, Message], list[str]] = {}
    for step in plan.steps:
        if message := step.layer.notice(rows):
            said.setdefault((f"notice_{step.layer.kind}", message), []).append(step.path)
    return [Advice(kind, tuple(paths), about(paths, message)) for (kind, message), paths in said.items()]


def softmax_of_softmax(plan: Plan) -> Advice | None:
    """A softmax that is given probabilities. The mend keeps the last one, which decides what the network gives."""
    pairs = [(a, b) for a, b in pairwise(fitting.computing(plan)) if a.layer.sums_to_one and b.layer.family == "output"]
    if not pairs:
        return None
    message = Message(
        "{first} already gives probabilities, and {second} takes them for scores. Softmax presses probabilities "
        "together, so the network can never be sure of an answer and learns slowly.",
        first=pairs[0][0].path,
        second=pairs[0][1].path,
    )
    paths = dict.fromkeys(step.path for pair in pairs for step in pair)
    return Advice("softmax_of_softmax", tuple(paths), message, *removal([a.path for a, _ in pairs]), "softmax")


def softmax_of_one(plan: Plan) -> Advice | None:
    """A softmax over a single class: x / x. The mend is the layer that gives one output a probability."""
    alone = [
        step
        for step in plan.steps
        if isinstance(step.layer, AlongClasses) and step.layer.classes(step.input_shape) == 1
    ]
    if not alone:
        return None
    message = Message(
        "{name} shares 1 among a single class, so it gives {given} whatever comes in, and nothing can be learned from that. One "
        "output that says yes or no ends in Sigmoid, with the loss nn.BCELoss, or in no activation, with nn.BCEWithLogitsLoss.",
        name=alone[0].path,
        given=int(alone[0].layer.sums_to_one),
    )
    paths = tuple(step.path for step in alone)
    label = Message("Use Sigmoid instead of {names}", names=names(paths))
    return Advice("softmax_of_one", paths, message, label, lambda spec: spec.swapped(Sigmoid, *paths), "softmax")


def dropout_at_output(plan: Plan) -> Advice | None:
    """Dropout that no layer with weights follows. Right before the last such layer it is common practice."""
    tail = list(takewhile(lambda step: "weight" not in step.layer.initial(), reversed(plan.steps)))
    dropped = [step.path for step in reversed(tail) if isinstance(step.layer, Dropout) and step.layer.p > 0]
    if not dropped or len(tail) == len(plan.steps):
        return None
    message = Message(
        "No dense layer follows {names}, so in training this dropout sets numbers of the network's answer itself to zero. "
        "The loss then judges an answer that the network did not give; dropout belongs before the last dense layer.",
        names=names(dropped),
    )
    return Advice("dropout_at_output", tuple(dropped), message, *removal(dropped))


def width_one(plan: Plan) -> Advice | None:
    """Hidden layers of one neuron. The mend makes each as wide as the narrower side."""
    single = fitting.narrow(plan)
    if not single:
        return None
    message = Message(
        "A single number is all that gets through {names}. The layers behind can't bring back what is lost there.",
        names=names(single),
    )
    label = Message("Give {names} more neurons", names=names(single))
    return Advice("width_one", tuple(single), message, label, setting("out_features", single))


def fading_sigmoid(plan: Plan) -> Advice | None:
    """Four hidden sigmoid layers: σ' ≤ 1/4, and (1/4)⁴ is less than half a percent.

    Glorot & Bengio 2010, 3.1: with 4 hidden sigmoid layers training stalls for long, with 5 it never gets going.
    """
    deep = {dense.path: step.path for dense, step in fitting.feeding(plan, Sigmoid) if dense.hidden}
    count = depth(plan, set(deep.values()))
    if count < DEEP_SIGMOID:
        return None
    paths = tuple(dict.fromkeys(deep.values()))
    message = Message(
        "There are {n} hidden sigmoid layers, {which}, and the slope of a sigmoid is at most 1/4. Going back, the "
        "gradient is multiplied by all these slopes, so next to nothing reaches the first layers and they hardly learn.",
        n=count,
        which=_from_to(paths),
    )
    label = Message("Use ReLU and He weights instead of {n} sigmoids", n=count)
    return Advice("fading_sigmoid", paths, message, label, _rectifying(deep), "softmax")


def fading_tanh(plan: Plan) -> Advice | None:
    """Ten hidden tanh layers with PyTorch's default weights, of variance 1/(3 fan_in).

    Each multiplies signal and gradient by about 1/√3, ten by 1/243: as little as four sigmoids leave. Variance 1/fan_in
    (Xavier) is the critical point, where signals go deep (Schoenholz et al. 2017, “Deep information propagation”).
    """
    hidden = [(dense, step) for dense, step in fitting.feeding(plan, Tanh) if dense.hidden]
    deep = {dense.path: step.path for dense, step in hidden if isinstance(dense.weights, Default)}
    count = depth(plan, set(deep.values()))
    if count < DEEP_TANH:
        return None
    paths = tuple(dict.fromkeys(deep.values()))
    message = Message(
        "There are {n} hidden tanh layers, {which}, with PyTorch's default weights, which are small. Each makes the "
        "signal and the gradient weaker, so little reaches the other end; Xavier weights keep both up.",
        n=count,
        which=_from_to(paths),
    )
    return Advice("fading_tanh", paths, message, *_to_xavier(dict.fromkeys(deep, XavierUniform())), "softmax")


def _from_to(paths: tuple[str, ...]) -> str | Message:
    """`a to f`; of layers that stand in a repeat alone, `a in every copy`."""
    if len(paths) == 1:
        return Message("{name} in every copy", name=paths[0])
    return Message("{first} to {last}", first=paths[0], last=paths[-1])


def xavier_before_relu(plan: Plan) -> Advice | None:
    """Xavier weights where the activation halves the signal (He et al. 2015, 2.2); a gain above 1 makes up for it."""
    halved = [(dense, step) for dense, step in fitting.feeding(plan, *fitting.RECTIFIERS) if fitting.halves(step)]
    weak = {dense.path: fitting.as_he(dense.weights, step) for dense, step in halved if fitting.keeps(dense.weights)}
    if not weak:
        return None
    message = Message(
        "In {names}, Xavier weights come before an activation of the ReLU family, which cuts off about half of the signal. "
        "It gets weaker from layer to layer; He weights are larger to make up for it.",
        names=names(weak),
    )
    label = Message("Use He weights in {names}", names=names(weak))
    return Advice("xavier_before_relu", tuple(weak), message, label, setting("weight_init", weak), "module")


def he_before_sigmoid(plan: Plan) -> Advice | None:
    """He weights with a rectifier's gain before sigmoid, tanh or softsign, which cut nothing off."""
    pairs = fitting.feeding(plan, *fitting.SQUASHING)
    large = {dense.path: fitting.as_xavier(dense.weights) for dense, _ in pairs if fitting.enlarges(dense.weights)}
    if not large:
        return None
    message = Message(
        "In {names}, He weights come before sigmoid, tanh or softsign, but they are made large for ReLU, which cuts off half "
        "of the signal. Large signals reach the flat ends of these curves, where gradients fade; Xavier weights are smaller.",
        names=names(large),
    )
    return Advice("he_before_sigmoid", tuple(large), message, *_to_xavier(large), "module")


def softmax_before_loss(plan: Plan) -> Advice | None:
    """Probabilities as the answer of a network that can learn: right to look at, but not what nn.CrossEntropyLoss takes."""
    ends = list(takewhile(lambda step: step.layer.sums_to_one, reversed(fitting.computing(plan))))
    single = softmax_of_one(plan)
    final = [step.path for step in ends if single is None or step.path not in single.paths]
    if not final or len(final) < len(ends) or not plan.count:
        return None
    message = Message(
        "{name} gives probabilities, but the loss nn.CrossEntropyLoss takes the scores before it (logits) and applies log-softmax "
        "itself. Train without {name}, or with nn.NLLLoss on the logarithm of its output: softmax taken twice learns slowly.",
        name=final[0],
    )
    return Advice("softmax_before_loss", tuple(final[::-1]), message, *removal(final[::-1]), "softmax")


RULES: tuple[Callable[[Plan], Advice | None], ...] = (
    constants.constant_weights,
    constants.equal_words,
    constants.single_normalized,
    constants.all_dropped,
    constants.rectified_logarithms,
    softmax_of_softmax,
    softmax_of_one,
    structure.activation_on_logits,
    structure.softmax_inside,
    structure.activation_first,
    axes.mistaken_axes,
    structure.half_read,
    autoencoder.other_size,
    dropout_at_output,
    width_one,
    structure.linear_of_linear,
    fading_sigmoid,
    fading_tanh,
    xavier_before_relu,
    he_before_sigmoid,
    structure.bias_before_normalization,
    softmax_before_loss,  # the quietest: many a network ends so on purpose
)


def _rectifying(sigmoids: Mapping[str, str]) -> Mend:
    """Put ReLU in the place of the sigmoid behind each dense layer, whose weights become He's."""
    weights = setting("weight_init", dict.fromkeys(sigmoids, KaimingNormal()))
    return lambda spec: weights(spec).swapped(ReLU, *sigmoids.values())


def _to_xavier(weights: Mapping[str, Initializer]) -> tuple[Message, Mend]:
    return Message("Use Xavier weights in {names}", names=names(weights)), setting("weight_init", weights)
