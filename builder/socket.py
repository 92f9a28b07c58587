"""The way between a browser and a run that trains, beside the page's own: frames come without the script being run again.

The browser says `{"do": […]}` to act and `{"wish": {…}}` for the next picture; it is sent `{"frame": {…}}`, or `{"refused": […]}`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from urllib.parse import urlsplit

from pydantic_core import from_json
from starlette.websockets import WebSocket, WebSocketDisconnect

from builder.training.settings import MAX_STEPS
from builder.workers.live import LiveRun, live

LONGEST = 2_000  # characters that a browser has to say at once
UNKNOWN = 4404  # why it was closed: there is no such run, in this process at least
REFUSED = 1008
ACTS = {"go": 1, "by": 1, "epoch": 0, "pause": 0, "rewind": 1}  # what can be done, with how many numbers


async def serve(socket: WebSocket) -> None:
    """Join the browser to the run whose key its address names."""
    if not same_origin(socket):
        await socket.close(REFUSED)
        return
    await socket.accept()
    run = live.find(socket.path_params["key"])
    if run is None:
        await socket.close(UNKNOWN)
        return
    newest: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def hear(said: str) -> None:
        loop.call_soon_threadsafe(newest.put_nowait, said)

    run.hears = hear
    if run.refused:
        hear(json.dumps({"refused": run.refused}))
    sender = asyncio.create_task(_send(socket, newest))
    try:
        while True:
            take(run, await socket.receive_text())
    except (WebSocketDisconnect, KeyError, RuntimeError):
        pass
    except ValueError:
        with suppress(RuntimeError):
            await socket.close(REFUSED)
    finally:
        sender.cancel()
        if run.hears is hear:
            run.hears = None


async def _send(socket: WebSocket, newest: asyncio.Queue[str]) -> None:
    while True:
        await socket.send_text(await newest.get())


def take(run: LiveRun, said: str) -> None:
    """Do what a browser `said`. Raises ValueError for what no page of ours says."""
    if len(said) > LONGEST:
        raise ValueError("too long")
    told = from_json(said)
    match told:
        case {"wish": dict() as wish}:
            run.tell("wish", wish)
        case {"do": [str() as word, *numbers]} if ACTS.get(word) == len(numbers):
            if not all(type(each) is int and 0 <= each <= MAX_STEPS for each in numbers):
                raise ValueError("no number of a step")
            run.tell(word, *numbers)
        case _:
            raise ValueError("not known")


def same_origin(socket: WebSocket) -> bool:
    """Does the page that asks come from this very server? A browser says so itself, and cannot be made to lie."""
    origin = socket.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == socket.headers.get("host")
