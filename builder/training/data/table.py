"""A CSV file of one's own: what is in it, what is taken of it and how, and a sentence for each that can't be read."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, pairwise
from typing import Literal

from pydantic import Field, field_validator
from torch import Tensor

from builder.core.calls import Call
from builder.core.messages import Message, counted, size_text
from builder.core.options import Frozen, Refusal, option
from builder.training.data.base import Aim, Data, Dataset, carried_out

MAX_BYTES = 20_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200  # of the file, and of what the network is given
MAX_NAME = 200
MAX_CLASSES = 100
FEW = 20  # different values: a column with no more may be a category or a class
ABSENT = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", "?")  # what a cell without a value says

Use = Literal["number", "category", "leave"]
Encoding = Literal["utf-8", "utf-16", "gb18030", "latin-1"]
Delimiter = Literal[",", ";", "\t", "|"]
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "gb18030", "latin-1")
DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t", "|")


class Column(Frozen):
    """A column of the file that the network is given: as a number, or as a category, a 0 or 1 for each of its words."""

    name: str = Field(max_length=MAX_NAME)
    use: Use = "number"


class Table(Data):
    """A CSV file, known by its SHA-256, and how it is read."""

    kind = "csv"
    needs_file = True
    scaled = True
    label = Message("CSV file")
    summary = Message("A table of your own: a row for each example, a column for each thing known of it.")

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    target: str = Field(max_length=MAX_NAME)
    columns: tuple[Column, ...] = Field(strict=False, max_length=MAX_COLUMNS)
    encoding: Encoding = option("utf-8", Message("Encoding"), Message("How letters are written as bytes."))
    delimiter: Delimiter = option(",", Message("Delimiter"), Message("What stands between two cells."))
    decimal: Literal[".", ","] = option(".", Message("Decimal sign"), Message("What begins the part behind the whole."))
    by_class: bool = option(
        True, Message("Target is a class"), Message("Otherwise it is a number that is to be found.")
    )
    missing: Literal["drop", "median"] = option(
        "drop",
        Message("Missing values"),
        Message(
            "Rows without a value are left out, or the median of the column stands in; for a category, none of its words."
        ),
    )

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        if len({column.name for column in columns}) < len(columns):
            raise Refusal(Message("A column is named twice."))
        return columns

    @property
    def aim(self) -> Aim:  # type: ignore[override]
        return "class" if self.by_class else "number"

    def call(self) -> Call:
        """The call that reads the bytes of the file, which come first."""
        return Call(
            "read_table",
            keywords={
                "sha256": self.sha256,
                "encoding": self.encoding,
                "delimiter": self.delimiter,
                "decimal": self.decimal,
                "target": self.target,
                "by_class": self.by_class,
                "numbers": self._used("number"),
                "categories": self._used("category"),
                "missing": self.missing,
                "absent": ABSENT,
            },
        )

    def _used(self, use: Use) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.use == use and column.name != self.target)


@dataclass(frozen=True)
class Found:
    """What a column of the file is like: whether all that it says are numbers, how many cells are empty, how many differ.

    `use` is what one would make of it, and `warning` why one would leave it out.
    """

    name: str
    numeric: bool
    missing: int
    distinct: int
    use: Use
    warning: Message | None
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A file that can be read: how, with how many rows, and what is in its columns; `table` is what one would make of it."""

    rows: int
    columns: tuple[Found, ...]
    table: Table


def inspected(content: bytes, **given: str) -> Sheet:
    """What is in the CSV file `content`; `given` are encoding, delimiter or decimal sign where they were guessed wrong.

    Raises `Refusal` with the first thing that keeps it from being read.
    """
    if not content.strip():
        raise Refusal(Message("The file is empty."))
    if len(content) > MAX_BYTES:
        raise Refusal(
            Message(
                "The file has {size}; at most {limit} can be read.",
                size=size_text(len(content)),
                limit=size_text(MAX_BYTES),
            )
        )
    encoding, text = _decoded(content, given.get("encoding"))
    first = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    delimiter = given.get("delimiter") or max(DELIMITERS, key=first.count)
    if (columns := first.count(delimiter) + 1) > MAX_COLUMNS:
        raise Refusal(Message("The file has {n} columns; at most {limit} can be read.", n=columns, limit=MAX_COLUMNS))
    heading, rows = _rows(text, delimiter)
    decimal = given.get("decimal") or _decimal(rows)
    found = tuple(_found(name, [row[n] for row in rows], decimal) for n, name in enumerate(heading))
    target = next((each for each in reversed(found) if each.distinct > 1), found[-1])
    table = Table.checked(
        {
            "sha256": sha256(content).hexdigest(),
            "target": target.name,
            "columns": tuple(
                Column(name=each.name, use=each.use) for each in found if each is not target and each.use != "leave"
            ),
            "encoding": encoding,
            "delimiter": delimiter,
            "decimal": decimal,
            "by_class": not target.numeric or target.distinct <= FEW,
        }
    )
    return Sheet(len(rows), found, table)


def load_table(table: Table, content: bytes) -> Dataset:
    """The data of `table` in its file. Raises `Refusal` for another file, and for what can't be learned from."""
    if sha256(content).hexdigest() != table.sha256:
        raise Refusal(Message("This is another file than the one that belongs to this link. Open the very same file."))
    sheet = inspected(content, encoding=table.encoding, delimiter=table.delimiter, decimal=table.decimal)
    known = {column.name: column for column in sheet.columns}
    for name in (table.target, *(column.name for column in table.columns)):
        if name not in known:
            raise Refusal(Message("There is no column “{name}” in this file.", name=name))
    _checked_target(table, known[table.target])
    for column in table.columns:
        if column.use == "number" and not known[column.name].numeric:
            raise Refusal(_not_numbers(column.name, "category"))
    given = [column for column in table.columns if column.name != table.target]
    width = sum(known[each.name].distinct if each.use == "category" else each.use == "number" for each in given)
    if not 0 < width <= MAX_COLUMNS:
        raise Refusal(
            Message(
                "The network would be given {n} columns, since each word of a category is one; it takes 1 to {limit}. Leave some out.",
                n=width,
                limit=MAX_COLUMNS,
            )
        )
    x, y, columns, classes = carried_out(table.call(), content)
    if len(x) < 2:
        raise Refusal(
            Message(
                "Of {rows} rows only {left} have all values. Take the median instead.", rows=sheet.rows, left=len(x)
            )
        )
    if not (x.isfinite().all() and y.isfinite().all()):
        raise Refusal(Message("The file has numbers that are too large to calculate with."))
    return Dataset(table, x, y, tuple(columns), tuple(classes), tuple(_remarks(table, sheet, known, x)))


def _checked_target(table: Table, target: Found) -> None:
    if table.by_class and target.distinct > MAX_CLASSES:
        raise Refusal(
            Message(
                "“{name}” has {n} different values, which is too many for classes. Take it as a number, or choose another target.",
                name=target.name,
                n=target.distinct,
            )
        )
    if not table.by_class and not target.numeric:
        raise Refusal(_not_numbers(target.name, "class"))
    if target.distinct < 2:
        raise Refusal(Message("“{name}” is the same in all rows: there is nothing to learn.", name=target.name))


def _not_numbers(name: str, instead: Literal["category", "class"]) -> Message:
    if instead == "class":
        return Message("“{name}” does not hold numbers only. Take it as a class.", name=name)
    return Message("“{name}” does not hold numbers only. Take it as a category, or leave it out.", name=name)


def _remarks(table: Table, sheet: Sheet, known: dict[str, Found], x: Tensor) -> Iterator[Message]:
    if lost := sheet.rows - len(x):
        yield counted("{n} row lacks a value and is left out.", "{n} rows lack a value and are left out.", n=lost)
    numbers = [column.name for column in table.columns if column.use == "number" and column.name != table.target]
    filled = sum(known[name].missing for name in numbers)
    if table.missing == "median" and filled:
        yield counted(
            "{n} value is missing; the median of its column over all rows stands in.",
            "{n} values are missing; the medians of their columns over all rows stand in.",
            n=filled,
        )
    yield from (found.warning for found in known.values() if found.warning is not None)


def _decoded(content: bytes, asked: str | None) -> tuple[Encoding, str]:
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\0" in content and not wide and asked != "utf-16":
        raise Refusal(Message("This is no text but a binary file. Save the table as CSV, and open that."))
    tried = [each for each in ENCODINGS if each == asked] or (["utf-16"] if wide else ["utf-8", "gb18030", "latin-1"])
    for encoding in tried:
        try:
            return encoding, content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(Message("The file is not written in {encoding}. Choose another encoding.", encoding=tried[0]))


def _rows(text: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows below it, each as long."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [row for row in islice(reader, MAX_ROWS + 2) if row]
    except csv.Error as error:
        raise Refusal(Message("The file can't be read as a table: {error}.", error=str(error)[:100])) from None
    heading = [name or f"Unnamed: {n}" for n, name in enumerate(rows[0])] if rows else []
    if len(rows) < 3 or not heading:
        raise Refusal(Message("A heading and at least two rows are needed."))
    if len(rows) > MAX_ROWS + 1:
        raise Refusal(
            Message("The file has more than {limit} rows, which is the most that can be read.", limit=MAX_ROWS)
        )
    for number, row in enumerate(rows, 1):
        if len(row) != len(heading):
            raise Refusal(
                Message(
                    "Row {number} has {n} cells, but the heading has {wanted}. Is the delimiter right?",
                    number=number,
                    n=len(row),
                    wanted=len(heading),
                )
            )
    twice = next((name for n, name in enumerate(heading) if name in heading[:n]), None)
    if twice is not None:
        raise Refusal(Message("Two columns are called “{name}”. Rename one of them.", name=twice[:40]))
    if any(len(name) > MAX_NAME for name in heading):
        raise Refusal(Message("A column's name has more than {limit} letters.", limit=MAX_NAME))
    return heading, rows[1:]


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    """A comma where more cells are numbers with one than without."""
    cells = [cell for row in rows[:200] for cell in row]
    return (
        ","
        if sum(_is_number(c, ",") and "," in c for c in cells) > sum("." in c and _is_number(c, ".") for c in cells)
        else "."
    )


def _is_number(cell: str, decimal: str) -> bool:
    try:
        return cell.isascii() and "_" not in cell and math.isfinite(float(cell.replace(decimal, ".")))
    except ValueError:
        return False


def _found(name: str, cells: Sequence[str], decimal: str) -> Found:
    known = [cell.strip() for cell in cells if cell.strip() not in ABSENT]
    different = dict.fromkeys(known)
    numeric = bool(known) and all(_is_number(cell, decimal) for cell in different)
    use: Use = "number" if numeric else "category" if len(different) <= FEW else "leave"
    warning = None
    if len(different) < 2:
        use, warning = "leave", Message("“{name}” is the same in all rows and says nothing.", name=name)
    elif len(different) == len(cells) and (not numeric or _counts_up(known, decimal)):
        use, warning = (
            "leave",
            Message(
                "“{name}” differs in every row, like a number of the row: nothing can be learned from it.", name=name
            ),
        )
    return Found(name, numeric, len(cells) - len(known), len(different), use, warning, tuple(islice(different, 3)))


def _counts_up(cells: Sequence[str], decimal: str) -> bool:
    """Are these whole numbers, each by one more than the one before?"""
    numbers = [float(cell.replace(decimal, ".")) for cell in cells]
    return all(b - a == 1 for a, b in pairwise(numbers))
