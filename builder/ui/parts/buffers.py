"""What a network keeps but does not train, said below its parameters."""

from __future__ import annotations

from builder.analysis.summary import running
from builder.core.messages import Message
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.parts.markup import text
from builder.ui.state import session


def show(plan: Plan) -> None:
    """What BatchNorm keeps and does not train, where it is there: other libraries count it."""
    kept, first = running(plan)
    if not kept:
        return
    said = [
        Message(
            "BatchNorm also keeps {n} numbers that it measures: a running mean and a running variance for each feature. PyTorch "
            "holds them in buffers (running_mean, running_var) and does not count them as parameters; no optimizer changes them.",
            n=kept,
        )
    ]
    if first is not None:
        features = first.input_shape[0]
        said.append(
            Message(
                "Keras counts them: 4 × {features} = {all} for {name}. Of these, 2 × {features} are trained (scale and shift), and "
                "2 × {features} are not (mean and variance).",
                features=features,
                all=4 * features,
                name=first.path,
            )
        )
    sheet.html(text("p", " ".join(session.say(each) for each in said), "small"))
