"""One browser's websocket to a Streamlit server, as the benchmark of a class drives it, with what a browser remembers.

A student reports as sheet.js does, with the number of the page that was seen, and waits for the end of the run. The protocol is
Streamlit's internal one, as of 1.67.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from builder.ui.components.channel import KEY

QUERY = "lang=en"


@dataclass
class Run:
    """What one gesture led to."""

    kind: str = ""
    ms: float = 0.0
    bytes: int = 0
    messages: int = 0
    faults: list[str] = field(default_factory=list)


class Student:
    """One browser's websocket, with what a browser remembers."""

    def __init__(self, address: str, query: str = QUERY) -> None:
        self.address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.widgets: dict[str, str] = {}  # ids by keys
        self.query, self.page_hash = query, ""
        self.number = self.serial = 0

    async def open(self) -> Run:
        self.socket = await websockets.connect(
            self.address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            compression=None,
            open_timeout=60,
        )
        return await self._exchange(BackMsg())

    async def gesture(self, part: str, **event: object) -> Run:
        """What is done in one part of our page."""
        self.number = max(self.number + 1, int(time.time() * 1e3))
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[KEY]}__events"
        report = {"n": self.number, "part": part, "seen": self.serial, **event}
        widget.json_trigger_value = json.dumps([{"event": "event", "value": [report]}])
        return await self._exchange(message)

    async def click(self) -> Run:
        """The one button of the smallest app."""
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = self.widgets["add"], True
        return await self._exchange(message)

    async def _exchange(self, message: BackMsg) -> Run:
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page_hash
        run, began, started = Run(), time.perf_counter(), False
        await self.socket.send(message.SerializeToString())
        while True:
            data = await asyncio.wait_for(self.socket.recv(), 60)
            assert isinstance(data, bytes)
            said = ForwardMsg.FromString(data)
            kind = said.WhichOneof("type")
            run.bytes, run.messages = run.bytes + len(data), run.messages + 1
            if kind == "new_session":
                started, self.page_hash = True, said.new_session.page_script_hash or self.page_hash
            elif kind == "navigation":
                self.page_hash = said.navigation.page_script_hash or self.page_hash
            elif kind == "page_info_changed":
                self.query = said.page_info_changed.query_string
            elif kind == "delta":
                self._look(said, run)
            elif kind == "script_finished" and started and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                run.ms = (time.perf_counter() - began) * 1e3
                return run

    def _look(self, said: ForwardMsg, run: Run) -> None:
        if said.delta.WhichOneof("type") != "new_element":
            return
        element = said.delta.new_element
        if element.WhichOneof("type") == "exception":
            run.faults.append(element.exception.message)
        if element.WhichOneof("type") == "bidi_component":
            head = element.bidi_component.bytes.partition(b',"contents":')[0]
            self.serial = json.loads(head + b"}")["serial"]
            self._know(element.bidi_component.id)
        elif element.WhichOneof("type") == "button":
            self._know(element.button.id)

    def _know(self, widget: str) -> None:
        self.widgets[widget.split("-", 2)[2]] = widget
