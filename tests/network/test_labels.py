"""Names of features and classes: part of the link, and words wherever they are shown."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.core.options import Refusal
from builder.formats.link import from_file, from_token, to_file, to_token
from builder.formats.torch_source import to_python
from builder.network.experiment import Experiment
from builder.network.labels import MAX_LABEL, MAX_LABELS, Labels, read_labels
from builder.network.planner import make_plan
from builder.zoo.presets import PRESETS
from tests.hostile.words import words

TUTORIAL = PRESETS["tutorial"].experiment
IRIS = Labels(features=("sepal length", "花瓣"), classes=("setosa", "I. versicolor (blue)"))


def refused(*names: str) -> str:
    with pytest.raises(Refusal) as refusal:
        Labels.checked({"classes": names})
    return refusal.value.message.text()


def test_they_are_in_the_link_and_in_the_file() -> None:
    named = TUTORIAL.with_labels(IRIS)
    assert from_token(to_token(named)) == from_file(to_file(named).encode()) == named
    assert from_token(to_token(named)).labels == IRIS
    assert named.text == named.model_dump_json() and named.with_network(TUTORIAL.network).labels == IRIS


def test_without_names_the_text_is_as_if_there_could_be_none() -> None:
    assert "labels" not in TUTORIAL.text and TUTORIAL.text == TUTORIAL.model_dump_json()
    assert TUTORIAL.with_labels(Labels()).text == TUTORIAL.text
    assert Experiment.checked({"network": {"layers": []}, "labels": {"classes": []}}) == Experiment()


def test_what_has_no_name_is_numbered() -> None:
    assert [IRIS.class_(n).text() for n in (0, 1, 2)] == ["setosa", "I. versicolor (blue)", "class 3"]
    assert [IRIS.feature(n).text("zh") for n in (1, 2)] == ["花瓣", "x3"]


def test_what_is_typed_is_read_at_commas_of_both_languages() -> None:
    assert read_labels(" setosa,versicolor，, 花瓣 、x") == ("setosa", "versicolor", "花瓣", "x")


def test_what_is_no_name_is_refused_with_the_mend() -> None:
    assert refused("a", "a") == "“a” is there twice; each needs a name of its own."
    assert refused("<b>") == "“<b>” can't be a name here: use letters, digits, blanks and _-./+:()%°#."
    assert refused("a" * (MAX_LABEL + 1)) == f"A name has at most {MAX_LABEL} characters; this one has {MAX_LABEL + 1}."
    assert refused(*map(str, range(MAX_LABELS + 1))) == "Here are 101 names; at most 100 can be given."
    for name in ("", " ", " a", "a\nb", 'a"', "a'", "a\\", "a{b", "a\u2028b", "a\u202eb", "&lt;", "`a", "$a", "a=b"):
        assert refused(name)


@given(st.lists(words | st.text(max_size=MAX_LABEL), max_size=4, unique=True))
def test_whatever_is_accepted_is_a_comment_in_the_program(names: list[str]) -> None:
    try:
        labels = Labels.checked({"features": names, "classes": names})
    except Refusal:
        return
    plan = make_plan(TUTORIAL.network)
    with_names = to_python(plan, TUTORIAL.batch, labels=labels)
    assert ast.dump(ast.parse(with_names)) == ast.dump(ast.parse(to_python(plan, TUTORIAL.batch)))
    above = with_names[: with_names.index("import torch")]
    assert all(line.startswith("#") for line in above.strip().splitlines()) and bool(above) == bool(names)
    assert max(map(len, with_names.split("\n"))) <= 120


def test_the_program_says_them() -> None:
    program = to_python(make_plan(TUTORIAL.network), TUTORIAL.batch, labels=IRIS)
    assert program.startswith(
        "# Features: sepal length, 花瓣\n# Classes: setosa, I. versicolor (blue)\n\nimport torch\n"
    )
