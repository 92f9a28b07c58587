"""Totals, and the numbers behind them: where the parameters are, the module itself, its summary and its code."""

from __future__ import annotations

from html import escape

from builder.analysis.summary import Row, multiplications, sum_line, summarize, table_text, unlike_torchsummary
from builder.charts.outputs import parameter_bar
from builder.core.messages import NO_MESSAGE, Message, counted, size_text
from builder.formats.torch_source import Extent, Form, to_python
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.step import FLOAT_BYTES
from builder.ui.components import sheet
from builder.ui.components.panel import button, panel
from builder.ui.parts import buffers, fields, memory_view, module_view, receptive_view
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import table, text
from builder.ui.state import cached, session
from builder.ui.state.plans import planned

VIEW = "view"  # the view that says which of these is shown
VIEWS = {
    "parameters": Message("Parameters"),
    "macs": Message("MACs"),
    "field": Message("Field"),
    "memory": Message("Memory"),
    "module": Message("Module"),
    "summary": Message("Summary"),
    "code": Message("Code"),
}
EXTENTS: dict[str, Message] = {
    "run": Message("With weights and a batch"),
    "summary": Message("With a summary, too"),
    "training": Message("With a training loop"),
    "model": Message("Model only"),
}
LARGE = 10**6  # parameters
LONG_SUM = 22  # characters; a longer one would need a second row of cards, and stands in the table
FORMS: dict[str, Message] = {"class": Message("nn.Module class"), "sequential": Message("nn.Sequential")}


def totals(plan: Plan) -> None:
    """A row of cards: the totals, with the last edit's difference."""
    batch, then = session.batch(), planned(session.before().network)
    sums = sum_line([step.count for step in plan.steps])
    large = plan.count >= LARGE  # its numbers need the room
    each = Message("as float32") if large else Message("as float32, 4 bytes each")
    cards = [
        _card(
            f"{plan.count:,}",
            counted("parameter", "parameters", n=plan.count),
            plan.count - then.count,
            "" if large or len(sums) > LONG_SUM else sums,
        ),
        _card(f"{plan.trainable:,}", Message("trainable"), plan.trainable - then.trainable, _frozen(plan)),
        _card(size_text(FLOAT_BYTES * plan.count), each, 0, ""),
        _card(_billions(plan.macs), Message("MACs a row"), 0 if large else plan.macs - then.macs, ""),
        _card(f"{_shape(batch, plan.input_shape)} → {_shape(batch, plan.output_shape)}", Message("batch"), 0, ""),
    ]
    sheet.html(f'<div class="totals" role="status">{"".join(cards)}</div>')


def show(plan: Plan) -> None:
    """The numbers in the view that is chosen."""
    panel([fields.view(VIEW, Message("View"), VIEWS, "parameters")], key="view")
    with boundary():
        _view(plan)
    with boundary():
        _cross_check(plan)


def _view(plan: Plan) -> None:
    view = session.view(VIEW, "parameters", VIEWS)
    if view in ("module", "summary") and not plan.builds:  # every copy would be made or listed
        excess = plan.over_budget(session.batch().rows)
        sheet.html(text("p", session.say(excess.message if excess else NO_MESSAGE), "notice", role="status"))
        return
    match view:
        case "macs":
            with sheet.box("breakdown"):
                _multiplications(plan)
        case "field":
            with sheet.box("breakdown"):
                receptive_view.show(plan)
        case "memory":
            memory_view.show(plan, session.batch())
        case "module":
            module_view.show(plan, live=plan.fits_budget(session.batch().rows))
        case "summary":
            _summary(plan, session.batch())
        case "code":
            _code(plan, session.batch())
        case _:
            with sheet.box("breakdown"):
                _breakdown(plan)


def _card(value: str, label: Message, change: int, small: str) -> str:
    difference = f"{change:+,}".replace("-", "−") if change else ""
    return (
        f'<div class="total">{text("strong", value)} {text("span", session.say(label))} '
        f"{text('em', difference, 'up' if change > 0 else 'down') if change else ''}{text('small', small) if small else ''}</div>"
    )


def _billions(macs: int) -> str:
    """In full, or from 10⁹ on in their thousands of millions, as they are published."""
    return f"{macs:,}" if macs < 10**9 else f"{macs / 10**9:,.3f} G"


def _frozen(plan: Plan) -> str:
    frozen = plan.count - plan.trainable
    return session.say(Message("{n} frozen", n=frozen)) if frozen else ""


def _shape(batch: Batch, shape: tuple[int, ...]) -> str:
    return str([batch.rows, *shape])


def _breakdown(plan: Plan) -> None:
    """A bar of the shares, a row a layer, the sums, and the cross-check."""
    summary = summarize(plan)
    if summary.total:
        sheet.chart("parameter_bar", parameter_bar(summary, 26))
    titles = [
        Message("layer"),
        Message("weights"),
        Message("biases"),
        Message("arithmetic"),
        Message("total"),
        Message("share"),
        Message("bytes"),
    ]
    sums = [
        session.say(Message("sum")),
        f"{summary.weights:,}",
        f"{summary.biases:,}",
        "",
        f"{summary.total:,}",
        "100 %" if summary.total else "–",
        size_text(summary.bytes),
    ]
    rows = [[session.say(title) for title in titles], *map(_row, summary.rows), sums]
    sheet.html(table(rows[0], rows[1:], sums=True, css="breakdown"))
    buffers.show(plan)


def _multiplications(plan: Plan) -> None:
    """A row for each layer that multiplies, with the formula of its multiply-accumulates, and their sum."""
    head = [Message("layer"), Message("MACs a row"), Message("share"), Message("arithmetic")]
    rows = [
        [step.path, f"{step.macs:,}", f"{step.macs / plan.macs:.1%}", multiplications(step)]
        for step in plan.steps
        if step.macs
    ]
    sums = [session.say(Message("sum")), f"{plan.macs:,}", "100 %" if plan.macs else "–", ""]
    sheet.html(table([session.say(title) for title in head], [*rows, sums], sums=True, css="breakdown"))
    said = Message(
        "A MAC is a multiplication with the addition that takes up its result. Counted are those of convolutions, of matrices, and of "
        "attention; left out are activations, normalizations, pooling and the addition of biases."
    )
    sheet.html(text("p", session.say(said), "small"))


def _row(row: Row) -> list[str]:
    if not row.total:
        said = session.say(row.arithmetic) if row.step.shares else row.step.layer.kind
        return [row.step.path, "–", "–", said, "0", "–", "–"]
    note = "" if row.trainable else f" · {session.say(Message('frozen'))}"
    name = row.step.path + note
    return [
        name,
        f"{row.weights:,}",
        f"{row.biases:,}",
        session.say(row.arithmetic),
        f"{row.total:,}",
        f"{row.share:.1%}",
        size_text(row.bytes),
    ]


def _cross_check(plan: Plan) -> None:
    """One line: three counts that have nothing in common agree."""
    if (plan.problem and plan.steps) or not plan.builds:
        return
    counts = cached.counts(plan)
    line = Message(
        "plan {plan} = module {module} = exported program {program}",
        plan=counts.plan,
        module=counts.module,
        program=counts.program,
    )
    if counts.agree:
        sheet.html(text("p", f"✓ {session.say(line)}", "agree"))
    else:
        differ = Message(
            "The counts differ: plan {plan}, module {module}, exported program {program}. This is a fault of Layerlab.",
            plan=counts.plan,
            module=counts.module,
            program=counts.program,
        )
        sheet.html(text("p", session.say(differ), "refusal", role="alert"))


def _summary(plan: Plan, batch: Batch) -> None:
    sheet.html(f"<pre class='summary' tabindex='0'>{escape(table_text(plan, batch.rows))}</pre>")
    unlike = unlike_torchsummary(plan)
    note = Message(
        "As torchsummary prints it for the code's class form: it lists modules, and activations are functions there."
    )
    layout = Message(
        "In torchsummary's layout, each copy on a line of its own; activations are functions and have none."
    )
    for said in (note,) if unlike is None else (layout, unlike):
        sheet.html(text("p", session.say(said), "small"))
    buffers.show(plan)


def _code(plan: Plan, batch: Batch) -> None:
    form: Form = "sequential" if session.view("form", "class", FORMS) == "sequential" else "class"
    source = to_python(plan, batch, form, _extent(), session.experiment().labels)
    forms = fields.view("form", Message("Form"), FORMS, "class")
    extents = fields.view("extent", Message("Program"), EXTENTS, "run", as_list=True)
    keep = button("download_code", session.say(Message("Download .py")), lambda: _keep(source))
    panel([forms, extents, keep], key="forms", layout="bar")
    sheet.code(source)


def _extent() -> Extent:
    match session.view("extent", "run", EXTENTS):
        case "model" | "summary" | "training" as chosen:
            return chosen
    return "run"


def _keep(source: str) -> None:
    session.offer("model.py", "text/x-python", source.encode())
