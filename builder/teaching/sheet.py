"""The sheet to print: one HTML text with the student's network, its numbers, and exercises with their solutions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from builder.analysis.summary import summarize, table_text
from builder.core.messages import LANGUAGE_TAGS, Language, Message
from builder.formats.torch_source import to_python
from builder.layers.shapes import format_shape
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.teaching.exercises import Question, exercise

EXERCISES = 5
MAX_ROWS = 100  # layers that the tables list; more fill no sheet that is read
STYLE = """
@page { size: A4; margin: 16mm; }
:root { color-scheme: light; }
body { font: 10.5pt/1.4 "Helvetica Neue", Arial, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1f2733; }
body { background: #fff; max-width: 178mm; margin: 0 auto; }
h1 { font-size: 18pt; margin: 0 0 3mm; } h2 { font-size: 12pt; margin: 6mm 0 2mm; break-after: avoid; }
.who { display: flex; gap: 10mm; } .who span { flex: 1; border-bottom: 1px solid #1f2733; padding-top: 4mm; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 1mm 2mm; border-bottom: 1px solid #c8cfda; }
.number { text-align: right; font-variant-numeric: tabular-nums; } tr, li { break-inside: avoid; }
pre { font: 8pt/1.35 "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre-wrap; }
pre { border: 1px solid #c8cfda; padding: 2mm; margin: 0; }
figure { margin: 3mm 0; } figure svg { max-width: 100%; max-height: 60mm; height: auto; }
li { margin: 2mm 0; } .answer { display: block; border-bottom: 1px dotted #1f2733; height: 9mm; } .page { break-before: page; }
"""


def sheet(plan: Plan, experiment: Experiment, language: Language, seed: int, svg: str | None = None) -> str:
    """The sheet for the network of `plan`, in `language`, with exercises from `seed` on; `svg` is its drawing, if there is one.

    One file without scripts that fetches nothing. Every text is escaped; the drawing is our own Graphviz's.
    """
    title = Message("My neural network").text(language)
    questions = [exercise(seed + number) for number in range(EXERCISES)]
    parts = [
        f"<h1>{escape(title)}</h1>",
        _who(language),
        _drawing(svg),
        *_section(Message("Parameters"), _parameters(plan, language), language),
        *_section(Message("Shapes"), _shapes(plan, experiment.batch.rows, language), language),
        *_section(Message("Summary"), _fixed(table_text(plan, experiment.batch.rows)), language),
        *_section(Message("Exercises: how many parameters?"), _asked(questions, language), language),
        *_section(
            Message("Program"), _fixed(to_python(plan, experiment.batch, labels=experiment.labels)), language, page=True
        ),
        *_section(Message("Solutions"), _solved(questions, language), language, page=True),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="{LANGUAGE_TAGS[language]}"><head>{head}</head><body>\n'
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _who(language: Language) -> str:
    words = [Message("Name:"), Message("Date:")]
    return f'<p class="who">{"".join(f"<span>{escape(word.text(language))}</span>" for word in words)}</p>'


def _drawing(svg: str | None) -> str:
    """The drawing as it stands in a page: what is before its first tag belongs to a file."""
    return f"<figure>{svg[svg.index('<svg') :]}</figure>" if svg and "<svg" in svg else ""


def _section(title: Message, body: str, language: Language, *, page: bool = False) -> list[str]:
    return [f"<h2{' class=page' if page else ''}>{escape(title.text(language))}</h2>", body]


def _fixed(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _parameters(plan: Plan, language: Language) -> str:
    """The layers that have parameters, with the arithmetic, and the sum."""
    summary = summarize(plan)
    rows = [(row.step.path, row.arithmetic.text(language), f"{row.total:,}") for row in summary.rows if row.total]
    if not rows:
        return f"<p>{escape(Message('This network has no parameters.').text(language))}</p>"
    total = (Message("sum").text(language), "", f"{summary.total:,}")
    head = [Message("layer"), Message("arithmetic"), Message("parameters")]
    return _table(head, [*rows[:MAX_ROWS], *_left_out(len(rows), language), total], language)


def _shapes(plan: Plan, rows: int, language: Language) -> str:
    """What goes into each layer and what comes out, with the rows of the batch."""
    lines = [
        (
            step.path,
            step.layer.kind,
            f"[{rows:,}, {format_shape(step.input_shape)}] → [{rows:,}, {format_shape(step.output_shape)}]",
        )
        for step in plan.steps[:MAX_ROWS]
    ]
    head = [Message("layer"), Message("kind"), Message("shapes")]
    return _table(head, [*lines, *_left_out(len(plan.steps), language)], language)


def _left_out(count: int, language: Language) -> list[tuple[str, str, str]]:
    more = Message("and {n} more", n=count - MAX_ROWS)
    return [("…", more.text(language), "")] if count > MAX_ROWS else []


def _table(head: Sequence[Message], rows: Iterable[Sequence[str]], language: Language) -> str:
    return f"<table>{_row('th', [title.text(language) for title in head])}{''.join(_row('td', row) for row in rows)}</table>"


def _row(tag: str, cells: Sequence[str]) -> str:
    *first, last = cells
    inside = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in first)
    return f'<tr>{inside}<{tag} class="number">{escape(last)}</{tag}></tr>'


def _asked(questions: Iterable[Question], language: Language) -> str:
    return _list(f'{escape(question.prompt.text(language))}<span class="answer"></span>' for question in questions)


def _solved(questions: Iterable[Question], language: Language) -> str:
    return _list(escape(question.why.text(language)) for question in questions)


def _list(items: Iterable[str]) -> str:
    return f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>"
