"""A CSV file of one's own is read as pandas reads it; of any other bytes one sentence says what is wrong, and nothing is executed."""

from __future__ import annotations

import io
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pandas
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from builder.core.options import Refusal
from builder.training.data import Dataset, Sheet, Table, bundled, inspected, load, load_table
from builder.training.settings import Training
from tests.depth import examples

BIRDS = """id,species,island,mass,bill
1,Adelie,Dream,3750,39.1
2,Adelie,Biscoe,,39.5
3,Gentoo,Biscoe,5000,46.1
4,Gentoo,Biscoe,4800,50.0
5,Gentoo,,5100,48.7
6,,Dream,4000,40.2
7,Adelie,Dream,3900,38.8
8,Adelie,Dream,3650,37.9
"""


def iris_csv() -> bytes:
    frame = load_iris(as_frame=True).frame
    frame["target"] = [load_iris().target_names[n] for n in frame["target"]]
    return bytes(frame.to_csv(index=False), "utf-8")


def taken(sheet: Sheet, content: bytes, **options: Any) -> Dataset:
    table = sheet.table
    for name, value in options.items():
        table = table.with_option(name, value)
    return load_table(table, content)


def refused(content: bytes | str, **options: Any) -> str:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(Refusal) as refusal:
        taken(inspected(raw), raw, **options)
    return refusal.value.message.text()


def test_iris_from_a_file_is_iris() -> None:
    content = iris_csv()
    read, brought = taken(inspected(content), content), load(bundled.Iris())
    assert torch.equal(read.x, brought.x) and torch.equal(read.y, brought.y)
    assert (read.classes, read.columns) == (brought.classes, brought.columns)
    assert read.remarks == ()


def test_what_is_found_is_said() -> None:
    content = BIRDS.encode()
    sheet = inspected(content)
    assert [(each.name, each.use, each.missing) for each in sheet.columns] == [
        ("id", "leave", 0),
        ("species", "category", 1),
        ("island", "category", 1),
        ("mass", "number", 1),
        ("bill", "number", 0),
    ]
    data = taken(sheet, content, target="species", by_class=True)
    assert data.columns == ("mass", "island = Biscoe", "island = Dream")  # bill was taken for the target
    said = [remark.text() for remark in data.remarks]
    assert said[0] == "3 rows lack a value and are left out."
    assert said[1].startswith("“id” differs in every row")


def test_the_median_stands_in_where_that_is_asked() -> None:
    content = BIRDS.encode()
    data = taken(inspected(content), content, target="species", by_class=True, missing="median")
    mass = pandas.read_csv(io.BytesIO(content)).dropna(subset="species")["mass"]
    assert data.x[:, data.columns.index("mass")].tolist() == mass.fillna(mass.median()).tolist()
    assert data.x[:, data.columns.index("island = Dream")].tolist() == [1, 0, 0, 0, 0, 1, 1]
    assert data.remarks[0].text() == "1 row lacks a value and is left out."  # that without a species
    assert data.remarks[1].text() == "1 value is missing; the median of its column over all rows stands in."


@pytest.mark.parametrize(
    ("encoding", "delimiter", "decimal"),
    [("utf-16", ";", ","), ("gb18030", "\t", "."), ("utf-8-sig", "|", "."), ("utf-8", ";", ",")],
)
def test_other_ways_to_write_a_table_are_recognised(encoding: str, delimiter: str, decimal: str) -> None:
    frame = pandas.DataFrame({"高度": [1.5, 2.5, 3.25, 4.5], "类": ["甲", "乙", "甲", "乙"]})
    content = frame.to_csv(index=False, sep=delimiter, decimal=decimal, lineterminator="\r\n").encode(encoding)
    data = taken(inspected(content), content)
    assert data.x.flatten().tolist() == [1.5, 2.5, 3.25, 4.5]
    assert (data.columns, data.classes) == (("高度",), ("乙", "甲"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This is no text but a binary file. Save the table as CSV, and open that."),
        ("a,b\n1,2\n1,2,3\n", "Row 3 has 3 cells, but the heading has 2. Is the delimiter right?"),
        ("a,b\n1,2\n", "A heading and at least two rows are needed."),
        (",".join(["a"] * 10**6) + "\n", "The file has 1,000,000 columns; at most 200 can be read."),
        ("a,a\n1,2\n1,3\n", "Two columns are called “a”. Rename one of them."),
        ("a,b\n1,x\n2,x\n2,x\n", ""),
        ("a,b\n" + "1,2\n" * 20_001, "The file has more than 20,000 rows, which is the most that can be read."),
        (
            "a,b\n1,2\n" + "3" * 200_000 + ",4\n",
            "The file can't be read as a table: field larger than field limit (131072).",
        ),
        ("a,b\n1e300,x\n2,y\n", "The file has numbers that are too large to calculate with."),
        ("a,b\n1,1\n" + "".join(f"{n % 7},w{n}\n" for n in range(150)), "“b” has 151 different values"),
    ],
)
def test_each_bad_file_has_its_sentence(content: bytes | str, sentence: str) -> None:
    said = refused(
        content,
        **(
            {"target": "b", "by_class": True} if not sentence or "1e300" in str(content) or "w1" in str(content) else {}
        ),
    )
    assert said.startswith(sentence or "“b” is the same in all rows: there is nothing to learn.")


def test_another_file_and_no_file_are_told() -> None:
    content = BIRDS.encode()
    table = inspected(content).table
    with pytest.raises(Refusal, match="another file"):
        load_table(table, content + b"9,Adelie,Dream,1,1\n")
    with pytest.raises(Refusal, match="Open the file again"):
        load(table)
    assert Training.model_validate_json(Training(data=table).text).data == table


def test_digits_of_other_scripts_are_words_as_they_are_for_pandas() -> None:
    sheet = inspected("a,b\n１,x\n2,y\n2,y\n".encode())
    assert [column.numeric for column in sheet.columns] == [False, False]


CELLS = st.text(st.sampled_from('a1.,;"\n\t\r <=é\0|-e'), max_size=60)


@examples(fixed=300, deep=20_000)
@given(st.binary(max_size=80) | CELLS.map(str.encode) | CELLS.map(lambda text: f"x,y\n1,{text}\n2,b\n3,b".encode()))
def test_any_bytes_are_data_or_a_sentence(content: bytes) -> None:
    with suppress(Refusal):
        data = load_table(inspected(content).table, content)
        assert len(data.x) == len(data.y) > 0 and data.x.isfinite().all()
        assert isinstance(data.data, Table) and data.data.sha256 == sha256(content).hexdigest()
