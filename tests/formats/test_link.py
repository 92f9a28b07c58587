"""Links: every experiment survives the way there and back, and every other text is refused, whatever it is."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from builder.core.options import Refusal
from builder.formats.link import MAX_JSON, MAX_VALUES, VERSION, from_file, from_token, to_file, to_token
from builder.layers import LAYERS
from builder.network.experiment import Experiment
from builder.network.spec import MAX_LAYERS, NetworkSpec
from builder.zoo.presets import PRESETS
from tests.strategies import experiments

# Links that were made by earlier versions: they open for ever.
STORED = sorted((Path(__file__).parents[1] / "links").glob("*.txt"))


DAMAGED = "This link or file is damaged: a part of it is missing or was changed."


def token_of(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return "1." + base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip("=")


@given(experiments())
def test_a_link_gives_the_same_experiment_back(experiment: Experiment) -> None:
    assert from_token(to_token(experiment)) == experiment


@given(st.text() | st.text().map("1.".__add__) | st.binary().map(token_of))
def test_any_text_is_a_network_or_a_refusal(text: str) -> None:
    try:
        assert isinstance(from_token(text), Experiment)
    except Refusal as refusal:
        assert refusal.message.text() and refusal.message.text("zh")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["network", "layers", "kind", "name", "seed"]), inner)
    ),
)


@given(JSON)
def test_any_json_is_a_network_or_a_refusal(value: object) -> None:
    try:
        assert isinstance(from_token(token_of(value)), Experiment)
    except Refusal as refusal:
        assert refusal.message.text() and refusal.message.text("zh")


@given(experiments())
def test_a_file_gives_the_same_experiment_back(experiment: Experiment) -> None:
    assert from_file(to_file(experiment).encode()) == experiment


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_file_is_a_network_or_a_refusal(content: bytes) -> None:
    try:
        assert isinstance(from_file(content), Experiment)
    except Refusal as refusal:
        assert refusal.message.text() and refusal.message.text("zh")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{}", "This file is not one of Layerlab's, or was made by a newer Layerlab."),
        (b'{"layerlab": "9"}', "This file is not one of Layerlab's, or was made by a newer Layerlab."),
        (b"\xff\xfe", "This link or file is damaged: a part of it is missing or was changed."),
        (b" " * 2_000_001, "This file is too long to be a network."),
        (b'{"layerlab": "1", "batch": {"rows": 0}}', "Batch size must be at least 1; 0 is too small."),
    ],
)
def test_a_file_that_is_no_network_is_refused_with_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        from_file(content)
    assert refused.value.message.text() == sentence


@given(experiments(), st.data())
def test_a_link_with_one_letter_changed_is_a_network_or_a_refusal(experiment: Experiment, data: st.DataObject) -> None:
    token = to_token(experiment)
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.sampled_from("aZ9-_.% ")) + token[at + 1 :]
    try:
        assert isinstance(from_token(changed), Experiment)
    except Refusal as refusal:
        assert refusal.message.text()


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("", "This link is not one of Layerlab's, or was made by a newer Layerlab."),
        ("2.abc", "This link is not one of Layerlab's, or was made by a newer Layerlab."),
        ("1.abc", "This link or file is damaged: a part of it is missing or was changed."),
        ("1." + "A" * 70_000, "This link is too long to be a network."),
        (token_of([]), "There is no network in it."),
        (token_of(b"[" * 50_000), "This link or file is damaged: a part of it is missing or was changed."),
        (token_of(b" " * 3_000_000), "This link or file is damaged: a part of it is missing or was changed."),
        (token_of({"network": {"layers": [1] * 1_001}}), "A network has at most 1,000 layers here."),
        (token_of(b"[" + b"[]," * 600_000 + b"[]]"), "It holds 1,200,002 values, more than any network has."),
        (token_of({"network": {"layers": [{"kind": "ReLU", "name": "\ud800"}]}}), DAMAGED),
        (token_of({"network": {"layers": [{"kind": "\ud800"}]}}), DAMAGED),
        (token_of(b'{"network": {"layers": [{"kind": "\\\\ud800\\udc00"}]}}'), DAMAGED),
        (token_of(b"[" * 300 + b"]" * 300), DAMAGED),
        (token_of('{"network": {}}'.encode("utf-16")), DAMAGED),
        (token_of({"network": {"seed": [0]}}), "Seed of the weights must be a whole number; […] is not."),
        (token_of({"batch": {"distribution": {"a": 1}}}), "Input values can't be {…}."),
        (token_of({"network": {"seed": -1}}), "Seed of the weights must be at least 0; -1 is too small."),
        (token_of(b'{"network": {"seed": NaN}}'), "Seed of the weights must be a finite number; nan is not."),
        (token_of({"network": {"layers": [{"kind": "os.system", "name": "a"}]}}), "There is no “os.system” here."),
        (
            token_of({"network": {"layers": [{"name": "a"}]}}),
            "Something without a kind is not known here.",
        ),
        (token_of({"network": {"layers": [{"kind": "ReLU"}]}}), "name is missing."),
        (
            token_of({"network": {"layers": [{"kind": "ReLU", "name": "a", "evil": 1}]}}),
            "There is no option “evil” here.",
        ),
        (
            token_of({"network": {"layers": [{"kind": "ReLU", "name": "a;import os"}]}}),
            "“a;import os” can't be a name in Python: use letters, digits and _, such as “a_import_os”.",
        ),
    ],
)
def test_what_is_no_network_is_refused_with_one_sentence(token: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        from_token(token)
    assert refused.value.message.text() == sentence


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_link_of_each_version_opens_for_ever(path: Path) -> None:
    version, _, preset = path.stem.partition("-")
    token = path.read_text(encoding="utf-8").strip()
    assert token.startswith(f"{version}.")
    assert from_token(token) == PRESETS[preset].experiment


def test_every_version_that_there_was_has_a_stored_link() -> None:
    assert {path.stem.partition("-")[0] for path in STORED} == {str(n) for n in range(1, int(VERSION) + 1)}


def test_different_experiments_have_different_canonical_texts() -> None:
    texts = [preset.experiment.text for preset in PRESETS.values()]
    assert len(set(texts)) == len(texts)


def test_the_largest_network_is_no_more_values_than_a_file_may_hold() -> None:
    widest = max(LAYERS.values(), key=lambda kind: len(kind.model_fields))
    network = NetworkSpec(layers=tuple(widest(name=f"layer{n}") for n in range(MAX_LAYERS)))
    text = to_file(Experiment(network=network))
    assert from_file(text.encode()) == Experiment(network=network)
    assert 2 * sum(map(text.count, ",[{")) < 3 * MAX_VALUES // 2, "there is room for options of initializers, too"


MANY = ",".join(f'"option{n}": 0' for n in range(55_000))
TRAPS = {  # a star stands for MANY
    "options of the network": '{"network": {*}}',
    "options of the batch": '{"batch": {*}}',
    "options of a layer": '{"network": {"layers": [{"kind": "Linear", "name": "a", *}]}}',
    "options of an initializer": '{"network": {"layers": [{"kind": "Linear", "name": "a", "weight_init": {"kind": "Zeros", *}}]}}',
    "options of the input": '{"network": {"input": {"kind": "features", *}}}',
    "an object for a number": '{"network": {"seed": {*}}}',
    "lists for a number": '{"network": {"seed": [%s[]]}}' % ("[]," * 29_000),
    "texts for a word": '{"batch": {"distribution": [%s""]}}' % (f'"{"a" * 30}",' * 55_000),
    "long numbers": "[%s0]" % (f"{'9' * 4000}," * 490),
    "real numbers": "[%s0]" % ("1.234567890123456789e-7," * 55_000),
    "one number": '{"network": {"seed": %s}}' % ("9" * 1_900_000),
    "one name": '{"network": {"layers": [{"kind": "ReLU", "name": "%s"}]}}' % ("a\u0301" * 600_000),
    "escapes": '{"network": {"layers": [{"kind": "%s"}]}}' % ("\\u4e2d" * 300_000),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_with_one_sentence_and_little_memory(trap: str) -> None:
    text = TRAPS[trap].replace("*", MANY)
    content = (f'{{"layerlab": "1", {text[1:]}' if text.startswith("{") else text).encode()
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as refused:
            from_file(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(refused.value.message.text()) < 200 and refused.value.message.text("zh")
    assert most < 8 * MAX_JSON, "a few times as much as the file itself"


def test_of_unknown_options_one_is_named_and_none_is_made_an_error_of() -> None:
    many = {f"option{n}": 0 for n in range(1_000)}
    for kind in (Experiment, NetworkSpec, LAYERS["Linear"]):
        with pytest.raises(ValidationError) as refused:
            kind.model_validate(many)
        assert refused.value.error_count() == 1
        with pytest.raises(Refusal, match="There is no option") as said:
            kind.checked(many)
        assert said.value.message.text() == "There is no option “option0” here."


def test_a_file_that_begins_with_a_mark_of_its_byte_order_is_read() -> None:
    experiment = PRESETS["xor"].experiment
    assert from_file(to_file(experiment).encode("utf-8-sig")) == experiment


def test_what_follows_a_mistake_is_not_looked_at() -> None:
    layers = [{"kind": "ReLU", "name": f"relu{n}", "evil": 1} for n in range(1_000)]
    for network in ({"layers": layers}, {"layers": [{"kind": "Group", "name": "block1", "layers": layers}]}):
        with pytest.raises(ValidationError) as refused:
            NetworkSpec.model_validate(network)
        assert refused.value.error_count() == 1
