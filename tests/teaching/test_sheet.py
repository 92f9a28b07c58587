"""The sheet to print: every number is on it, every text is escaped, and nothing is fetched."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.analysis.summary import table_text
from builder.core.messages import Language
from builder.formats.torch_source import to_python
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.teaching.exercises import MAX_SEED, exercise
from builder.teaching.sheet import EXERCISES, MAX_ROWS, _fixed, _row, sheet
from builder.zoo.presets import PRESETS
from tests.strategies import FIRST, experiments

TUTORIAL = PRESETS["tutorial"].experiment
SVG = '<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"><text>a</text></svg>'


class Tags(HTMLParser):
    """All tags and attributes, and what is still open at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def made(experiment: Experiment = TUTORIAL, language: Language = "en", seed: int = 0, svg: str | None = None) -> str:
    return sheet(make_plan(experiment.network), experiment, language, seed, svg)


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_the_sheet_holds_the_networks_numbers() -> None:
    html = made()
    for line in ("3 × 3 weights + 3 biases = 12", "2 × 3 weights + 2 biases = 8", "2 × 2 weights + 2 biases = 6"):
        assert line in words(html)
    assert "[5, 3] → [5, 2]" in words(html) and "sum 26" in words(html)
    assert table_text(make_plan(TUTORIAL.network), 5) in unescape(html)
    assert to_python(make_plan(TUTORIAL.network), TUTORIAL.batch) in unescape(html)
    assert "Name:" in words(html) and "Date:" in words(html)


@given(st.integers(0, MAX_SEED))
def test_the_exercises_come_first_and_their_solutions_on_a_page_of_their_own(seed: int) -> None:
    before, after = made(seed=seed).split("<h2 class=page>Solutions</h2>")
    for number in range(EXERCISES):
        question = exercise(seed + number)
        assert question.prompt.text() in words(before)
        assert question.why.text() in words(after)
    assert after.count("<li>") == before.count("<li>") == EXERCISES


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("preset", FIRST)
def test_it_is_one_whole_file_without_scripts_that_fetches_nothing(preset: str, language: Language) -> None:
    html = made(PRESETS[preset].experiment, language, svg=SVG)
    tags = parsed(html)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(tags.tags)
    assert not {"src", "href", "onload", "onclick"} & tags.attributes
    assert "url(" not in html and "@import" not in html
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in html


def test_the_drawing_stands_in_it_without_the_head_of_its_file() -> None:
    assert '<figure><svg xmlns="http://www.w3.org/2000/svg">' in made(svg=SVG)
    assert "<figure>" not in made(svg=None) and "<figure>" not in made(svg="no drawing")


@given(experiments(), st.sampled_from(["en", "zh"]))
def test_every_network_has_a_sheet_with_balanced_tags(experiment: Experiment, language: Language) -> None:
    tags = parsed(made(experiment, language))
    assert tags.open == []
    assert set(tags.tags) <= set("html head meta title style body h1 h2 p span table tr th td pre ol li".split())


def test_what_a_text_holds_of_html_is_escaped() -> None:
    same = Conv2d(name="conv1", out_channels=2, kernel_size=3, same=True)
    html = made(Experiment(network=NetworkSpec(input=Image(), layers=(same,))))
    assert "padding=&quot;same&quot;" in html and 'padding="same"' not in html
    assert "&lt;img src=x&gt;&amp;" in _row("td", ["<img src=x>&", "3"]) and "&lt;b&gt;" in _row("td", ["a", "<b>"])
    assert _fixed("<img src=x>") == "<pre>&lt;img src=x&gt;</pre>"


def test_of_a_very_deep_network_the_tables_show_the_beginning_and_say_so() -> None:
    layers = tuple(Linear(name=f"linear{n}") for n in range(MAX_ROWS + 20))
    html = made(Experiment(network=NetworkSpec(layers=layers)))
    assert words(html).count("and 20 more") == 2
    assert "<td>linear99</td>" in html and "<td>linear100</td>" not in html
