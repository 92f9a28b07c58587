"""What a stranger writes comes out as words: in no page, drawing, program or file name is it more than that."""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, get_args

import graphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from builder.core.messages import LANGUAGES, Message
from builder.core.options import Refusal
from builder.drawing.chain import draw_chain, is_chain
from builder.drawing.layers import to_dot
from builder.formats.link import from_token
from builder.formats.torch_source import Form, to_python
from builder.network.experiment import Experiment
from builder.network.labels import Labels
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.ui.components.sheet import Node
from builder.ui.pages import learn
from builder.ui.parts import network, sharing
from builder.ui.state import link, session
from tests import visits
from tests.depth import examples
from tests.hostile.made import packed
from tests.hostile.words import NAMES, words
from tests.networks import LOOKED_AT
from tests.visits import CHOICES, PAGES, drawn

ELEMENTS = set(
    "a abbr b br circle code dd details div dl dt em figcaption figure g h1 h2 h3 h4 i img kbd label li line math mi mo mn mrow "
    "mfrac msub msup ol p path polygon polyline pre rect section small span strong sub summary sup svg table tbody td text "
    "tfoot th thead title tr ul".split()
)
BARE = re.compile(r"<(?!/?(?:br|b|i|sub|sup|em|extra)>)[a-zA-Z/!]")  # what Plotly would take for an element
FILES = re.compile(r"[a-z_]+\.(json|svg|png|pdf|dot|py|html)")
SHAPES = "svg g title path polygon polyline rect circle ellipse line text tspan defs linearGradient stop"
SVG = {f"{{http://www.w3.org/2000/svg}}{name}" for name in SHAPES.split()}


@pytest.fixture(scope="module", autouse=True)
def no_fault_is_caught() -> Iterator[None]:
    with visits.no_fault_is_caught():
        yield


class Elements(HTMLParser):
    """Holds that every element and attribute is one of ours."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, f"<{tag}> in {self.rawdata}"
        for name, value in attrs:
            assert not name.startswith("on") and name != "srcdoc", f"{name}={value}"
            if name in ("href", "src", "xlink:href"):
                assert (value or "").startswith(("data:image/", "#", "./", "/")), value
            if name == "style":
                assert not re.search(r"url\(|expression|@import|[<>{}]", value or ""), value

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def only_words(page: Node) -> None:
    """Holds that what the browser takes for more than words in `page` is ours."""
    for node in page:
        json.loads(node.content)
        assert re.fullmatch(r"[\w .:-]*", node.key), node.key
        match node.kind:
            case "html" | "code":
                elements = Elements(convert_charrefs=True)
                elements.feed(str(node.data["markup"]))
                elements.close()
                assert not elements.rawdata, elements.rawdata
            case "chart":
                assert not BARE.search(json.dumps(node.data["figure"], ensure_ascii=False))
            case "piece" if "svg" in node.data:
                only_shapes(str(node.data["svg"]))


def only_shapes(svg: str) -> None:
    for element in ElementTree.fromstring(svg).iter():
        assert element.tag in SVG, element.tag
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]


VIEWS = [
    *CHOICES,
    "open",
    "own",
    "neuron",
    "copy",
    "temperature",
    "left",
    "parameter",
    "across",
    "up",
    "class",
    learn.SEED,
    "x",
]


@st.composite
def renamed(draw: st.DrawFn, looked: Experiment) -> Experiment:
    """The same network with names that are as unusual as names can be, of its layers, its features and its classes."""
    spec = looked.network
    for path in reversed(spec.paths[: draw(st.integers(0, 4))]):
        try:
            spec = spec.renamed(path, draw(NAMES))
        except Refusal:
            continue
    return looked.with_network(spec).with_labels(Labels(features=draw(LABELS), classes=draw(LABELS)))


def is_label(word: str) -> bool:
    try:
        Labels.checked({"classes": [word]})
    except Refusal:
        return False
    return True


LABELS = st.lists(words.filter(is_label), max_size=4, unique=True).map(tuple)
SMALL = [LOOKED_AT[key] for key in ("cnn", "conv1d", "attention", "many copies")]
EXPERIMENTS = st.sampled_from(SMALL).flatmap(renamed)


@pytest.mark.parametrize("name", PAGES)
@examples(15, 2_000)
@given(experiment=EXPERIMENTS, data=st.data())
def test_words_in_a_link_and_in_a_field_are_words_on_every_page(
    name: str, experiment: Experiment, data: DataObject
) -> None:
    said = data.draw(st.dictionaries(st.sampled_from(VIEWS) | words, words, max_size=9))
    hostile: dict[str, Any] = {"network": {"layers": [{"kind": data.draw(words), "name": data.draw(words)}]}}
    token = packed(json.dumps(hostile).encode())
    visit = visits.arrived(link.first_visit({**said, "n": token}, "en"))
    assert visit.notice
    visit.history = visit.history.edited(experiment)
    visit.select(data.draw(st.sampled_from(experiment.network.paths)))
    visit.panels = frozenset(visits.PANELS)
    visit.language = data.draw(st.sampled_from(LANGUAGES))
    page = drawn(name)
    only_words(page)
    for node in page:
        for item in node.inside if node.kind == "panel" and node.take else ():
            if item.data.get("type") == "word":
                assert node.take
                node.take({"name": item.data["name"], "value": data.draw(words)})
    only_words(drawn(name))
    if fits := link.fits(visit):
        assert from_token(link.of(visit)["n"]) == visit.experiment, fits


@examples(10, 500)
@given(EXPERIMENTS)
def test_names_in_programs_and_drawings_are_names(experiment: Experiment) -> None:
    plan, plain = make_plan(experiment.network), make_plan(plainly(experiment.network))
    forms: tuple[Form, ...] = get_args(Form)
    for form in forms:
        ours, theirs = (
            ast.parse(to_python(each, experiment.batch, form, labels=experiment.labels)) for each in (plan, plain)
        )
        assert [type(node) for node in ast.walk(ours)] == [type(node) for node in ast.walk(theirs)]
    for language in LANGUAGES:
        here, there = (graph(to_dot(each, language, frozenset())) for each in (plan, plain))
        assert all(len(here.get(part, [])) == len(there.get(part, [])) for part in ("objects", "edges"))
        if is_chain(plan, frozenset()):
            only_shapes(draw_chain(plan, language))


def plainly(spec: NetworkSpec) -> NetworkSpec:
    """The same with the plainest names."""
    for at in range(len(spec.paths)):
        spec = spec.renamed(spec.paths[at], f"layer{at}")
    return spec


def graph(dot: str) -> dict[str, Any]:
    """What Graphviz itself reads in `dot`."""
    read: dict[str, Any] = json.loads(graphviz.Source(dot).pipe(format="dot_json", encoding="utf-8"))
    return read


@examples(40, 4_000)
@given(words)
def test_a_word_in_a_sentence_is_seen_as_it_is_or_not_at_all(word: str) -> None:
    for language in LANGUAGES:
        assert Message("There is no “{kind}” here.", kind=word).text(language).isprintable()


def test_files_have_names_of_ours() -> None:
    visits.arrived(link.first_visit({"n": "../../x", "view": "../x", "drawing": "../x", "form": "../x"}, "en"))
    names: list[str] = []
    for page in PAGES:
        drawn(page)  # what is open closes when the page changes
        session.visit().panels = frozenset(visits.PANELS)
        for node in drawn(page):
            for name in re.findall(
                r'"name":"(download\w+)"', "".join(str(item.content, "utf-8") for item in node.inside)
            ):
                assert node.kind != "panel" or node.take
                if node.take:
                    node.take({"name": name, "value": True})
                    offered = session.offered()
                    assert offered
                    names.append(offered.name)
    assert len(names) >= 6 and all(map(FILES.fullmatch, names)), names
    assert sharing.FILE in names and network.MIMES
