"""Links and files that a stranger made: of anything, of a real one changed in a few places, and of far too much of one thing."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from builder.core.options import options_of
from builder.formats.link import MAX_JSON, VERSION, to_token
from builder.initializers import registry_of
from builder.layers import LAYERS
from builder.network.inputs import INPUTS
from builder.network.spec import MAX_LAYERS
from builder.zoo.presets import PRESETS
from tests.hostile.words import WORDS, atoms, values, words

KINDS = [*LAYERS, *INPUTS, *registry_of(LAYERS["Linear"], "weight_init")]
OPTIONS = sorted({option.name for kind in LAYERS.values() for option in options_of(kind)})
KEYS = st.sampled_from(["network", "batch", "layers", "input", "seed", "kind", "name", "rows", *OPTIONS]) | words
WAYS = "value kind word key gone deep many twin".split()
MOST = 500  # places that are looked at in a tree
REAL = [
    PRESETS[key].experiment
    for key in ("tutorial", "xor", "lenet5", "resnet18", "encoder", "gpt2", "unet")
    if key in PRESETS
]
UNITS = [
    "[],",
    '"a",',
    "1,",
    "[",
    '{"a":',
    "9",
    "\\u4e2d",
    "\\ud800",
    " ",
    "é",
    "\u202e",
    '"',
    "{},",
    '{"kind":"ReLU","name":"a"},',
]


def packed(text: bytes) -> str:
    """A link with `text` in it, whatever it is."""
    return f"{VERSION}.{base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip('=')}"


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in a JSON `tree`: what it is in, and its key or number there."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from places(tree[key])


@st.composite
def changed_trees(draw: DrawFn) -> Any:
    """A real experiment as JSON, changed in a few places."""
    tree = json.loads(draw(st.sampled_from(REAL)).text)
    for _ in range(draw(st.integers(1, 3))):
        every = list(islice(places(tree), MOST))
        if not every:
            break
        inside, key = every[draw(st.integers(0, len(every) - 1))]
        match draw(st.sampled_from(WAYS)):
            case "value":
                inside[key] = draw(atoms | values(KEYS))
            case "kind":
                inside[key] = {"kind": draw(st.sampled_from(KINDS) | words), "name": draw(words)}
            case "word":
                inside[key] = draw(words)
            case "key" if isinstance(inside, dict):
                inside[draw(KEYS)] = draw(atoms)
            case "gone":
                del inside[key]
            case "deep":
                for _ in range(draw(st.sampled_from([1, 12, 13, 100]))):
                    inside[key] = {"kind": "Group", "name": "a", "layers": [inside[key]]}
            case "many":
                inside[key] = [inside[key]] * draw(st.sampled_from([2, 20, MAX_LAYERS + 1]))
            case "twin" if isinstance(inside, list):
                inside.append(inside[key])
    return tree


@st.composite
def changed_bytes(draw: DrawFn, text: bytes) -> bytes:
    """`text` with a few of its bytes changed, left out, put in or repeated."""
    for _ in range(draw(st.integers(1, 4))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        put = draw(
            st.binary(max_size=4) | st.sampled_from(WORDS).map(lambda word: word.encode("utf-8", "surrogatepass"))
        )
        text = draw(
            st.sampled_from(
                [
                    text[:at] + put + text[at:],
                    text[:at] + put + text[at + len(put) :],
                    text[:at] + text[end:],
                    text + text[at:end],
                ]
            )
        )
    return text


@st.composite
def floods(draw: DrawFn) -> bytes:
    """As much of one thing as a file may be long, or a little more."""
    unit, before = (
        draw(st.sampled_from(UNITS)),
        draw(st.sampled_from(["", "[", '"', '{"network":', '{"network":{"layers":[', '{"network":{"seed":'])),
    )
    size = draw(st.sampled_from([1_000, 50_000, MAX_JSON // 2, MAX_JSON, MAX_JSON + 9]))
    after = draw(st.sampled_from(["", "0]", '"', "]}}", "}}"]))
    return f"{before}{unit * (size // len(unit.encode()))}{after}".encode("utf-8", "surrogatepass")


def dumped(tree: Any) -> bytes:
    """A tree as JSON, with a number that is none and half a character where it has one."""
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")


REAL_TEXTS = st.sampled_from([experiment.text.encode() for experiment in REAL])
texts: SearchStrategy[bytes] = st.one_of(
    changed_trees().map(dumped),
    changed_trees().map(lambda tree: json.dumps(tree).encode()),
    values(KEYS).map(dumped),
    REAL_TEXTS.flatmap(changed_bytes),
    st.binary(max_size=40),
)
links: SearchStrategy[str] = st.one_of(
    texts.map(packed),
    st.sampled_from(REAL)
    .map(to_token)
    .flatmap(lambda token: changed_bytes(token.encode()))
    .map(lambda token: token.decode("latin-1")),
    words,
    words.map(f"{VERSION}.".__add__),
)


@st.composite
def files(draw: DrawFn) -> bytes:
    text = draw(texts)
    return b'{"layerlab": "1", ' + text[1:] if text[:1] == b"{" and draw(st.integers(0, 9)) else text
