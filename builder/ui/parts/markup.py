"""HTML of our own, with every text escaped: small tables, cards and sentences for the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def text(tag: str, body: str, css: str = "", **attributes: str) -> str:
    """One element with escaped text."""
    shown = "".join(f' {name}="{escape(value)}"' for name, value in {"class": css, **attributes}.items() if value)
    return f"<{tag}{shown}>{escape(body)}</{tag}>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, sums: bool = False, css: str = "") -> str:
    """A table; with `sums` its last row is the foot. The first column is the row's heading."""
    body, foot = (rows[:-1], rows[-1:]) if sums else (rows, [])
    return (
        f'<table class="{escape(css)}" tabindex="0"><thead>{_row(head, "th")}</thead>'
        f"<tbody>{''.join(map(_row, body))}</tbody><tfoot>{''.join(map(_row, foot))}</tfoot></table>"
    )


def _row(cells: Sequence[str], tag: str = "td") -> str:
    first = f'<th scope="{"col" if tag == "th" else "row"}">{escape(cells[0])}</th>'
    rest = "".join(f"<{tag}{' scope=col' if tag == 'th' else ''}>{escape(cell)}</{tag}>" for cell in cells[1:])
    return f"<tr>{first}{rest}</tr>"
