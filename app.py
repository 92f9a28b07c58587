"""The launcher: `streamlit run app.py` and `uvicorn app:app` both serve the script `builder/main.py`, and what its components need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import environ
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from builder import socket
from builder.headers import Headers, headers
from builder.ui.components import assets


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Pay for the slow imports before the first student arrives, and keep the garbage collector off what stays."""
    import gc

    import scipy.special  # noqa: F401  (for the first orthogonal matrix)

    from builder.runtime import module  # noqa: F401  (imports torch, and sets it to one thread)

    gc.collect()
    gc.freeze()
    yield


below = str(st.get_option("server.baseUrlPath")).strip("/")  # of the address, where a proxy serves more than this app
root = f"/{below}/".replace("//", "/")
address = f"{root}{assets.ADDRESS}"


async def plotly(_request: Request) -> FileResponse:
    return FileResponse(assets.PLOTLY)


routes = [
    Route(f"{address}/plotly.min.js", plotly),
    Mount(address, StaticFiles(directory=assets.FOLDER)),
    WebSocketRoute(f"{root}{assets.LIVE}/{{key}}", socket.serve),
]
try:
    middleware = [Middleware(Headers, headers=headers(environ))]
except ValueError as error:
    raise SystemExit(str(error)) from None
app = st.App(Path(__file__).parent / "builder" / "main.py", lifespan=warm_up, routes=routes, middleware=middleware)
