"""An experiment as a link or a file and back: versioned JSON; reading is total and never evaluates anything."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from codecs import BOM_UTF8

from pydantic_core import from_json

from builder.core.messages import Message
from builder.core.options import Refusal
from builder.network.experiment import Experiment

VERSION = "1"
MAX_TOKEN = 60_000  # characters; a browser still reloads such a link
MAX_JSON = 2_000_000  # bytes after decompression
MAX_VALUES = 60_000  # in the JSON; the largest network has two thirds of it
DAMAGED = Message("This link or file is damaged: a part of it is missing or was changed.")


def to_token(experiment: Experiment) -> str:
    """The experiment as text for a link: letters, digits, `-`, `_` and a dot."""
    packed = zlib.compress(experiment.text.encode(), 9)
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def from_token(token: str) -> Experiment:
    """The experiment that `token` stands for. Raises `Refusal` for every other text, whatever it is."""
    version, dot, body = token.partition(".")
    if not dot or version != VERSION:
        raise Refusal(Message("This link is not one of Layerlab's, or was made by a newer Layerlab."))
    return Experiment.checked(_fields(_unpacked(body)))


def to_file(experiment: Experiment) -> str:
    """The experiment as readable JSON, with its version, for a file."""
    return json.dumps({"layerlab": VERSION, **json.loads(experiment.text)}, indent=2, ensure_ascii=False) + "\n"


def from_file(content: bytes) -> Experiment:
    """The experiment in a file. Raises `Refusal` for every other content, whatever it is."""
    if len(content) > MAX_JSON:
        raise Refusal(Message("This file is too long to be a network."))
    fields = _fields(content)
    if fields.pop("layerlab", None) != VERSION:
        raise Refusal(Message("This file is not one of Layerlab's, or was made by a newer Layerlab."))
    return Experiment.checked(fields)


def _unpacked(body: str) -> bytes:
    if len(body) > MAX_TOKEN:
        raise Refusal(Message("This link is too long to be a network."))
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), MAX_JSON)
    except (binascii.Error, ValueError, zlib.error):
        raise Refusal(DAMAGED) from None
    if not inflater.eof:
        raise Refusal(DAMAGED)
    return text


def _fields(text: bytes) -> dict[str, object]:
    values = text.count(b",") + text.count(b"[") + text.count(b"{")  # counted before Python makes an object of each
    if values > MAX_VALUES:
        raise Refusal(Message("It holds {n} values, more than any network has.", n=values))
    try:
        # It refuses half a character and deep nesting, and reads long numbers many times as fast as Python's own.
        fields = from_json(text.removeprefix(BOM_UTF8))
    except ValueError:
        raise Refusal(DAMAGED) from None
    if not isinstance(fields, dict):
        raise Refusal(Message("There is no network in it."))
    return fields
