"""What the server says with every answer: where a page may load from, who may frame it, and that its address is nobody else's business."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from shutil import which

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMES = "LAYERLAB_FRAME_ANCESTORS"  # the environment's variable: which sites may show the app in a frame
_FOR_MAPS = (
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"  # of Plotly 7.1.0; tests/browser/test_headers.py holds it
)
_SITE = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]+)?", re.IGNORECASE)


class Headers:
    """An ASGI application that adds headers to each HTTP answer of the one inside."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, say if scope["type"] == "http" else send)


def headers(environment: Mapping[str, str]) -> dict[str, str]:
    """The headers, by name. Raises ValueError, with what to write instead, where the environment names no sites."""
    bare = which("dot", path=environment.get("PATH")) is None
    return {
        "Content-Security-Policy": policy(frame_ancestors(environment.get(FRAMES, "")), bare),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # the address is a student's work
    }


def policy(ancestors: str, bare: bool) -> str:
    """The page's Content-Security-Policy: everything comes from this server, and scripts from nowhere else.

    On a `bare` machine, without Graphviz, it is the browser that draws what branches, with Streamlit's WebAssembly.
    """
    wasm = " 'wasm-unsafe-eval'" if bare else ""
    return "; ".join(
        (
            "default-src 'self'",
            # Streamlit's page holds a line of script, and imports the script of our component as a blob. Its protobuf tries
            # eval, and does without.
            f"script-src 'self' blob: {' '.join(map(_hash, _scripts()))}{wasm}",
            # Streamlit and Plotly add empty style elements and fill them rule by rule; Plotly brings a sheet for maps, used or not.
            f"style-src 'self' {_hash('')} {_FOR_MAPS}",
            "style-src-attr 'unsafe-inline'",  # Plotly's heat maps and ours; an attribute can neither load nor choose anything
            "img-src 'self' data:",  # activations as grey pictures, the emoji in the browser's tab
            "font-src 'self' data:",  # a font that Streamlit's style sheet holds
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        )
    )


def frame_ancestors(wanted: str) -> str:
    """The sites of `wanted` as the policy lists them; none means this server alone. Raises ValueError."""
    sites = wanted.split() or ["'self'"]
    if sites == ["'none'"] or all(site == "'self'" or _SITE.fullmatch(site) for site in sites):
        return " ".join(sites)
    raise ValueError(
        f"{FRAMES} must list the sites that may show Layerlab in a frame, such as "
        f"\"'self' https://moodle.example.edu https://*.example.edu\", or be \"'none'\"; it is {wanted!r}."
    )


def _scripts() -> list[str]:
    """The scripts that stand in Streamlit's page itself."""
    page = Path(str(distribution("streamlit").locate_file("streamlit/static/index.html")))
    return re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
