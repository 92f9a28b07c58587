"""The worker program: `python -m builder.workers` answers one task after the other, a line of JSON each way.

It is started by `pool`, and ends when whoever started it does. A task is `[name, number of the first answer, arguments]`; for each
answer comes `["answer", …]`, and the next one is worked out when a line `true` says so; `false` ends the task. After the last
comes `["end", null]`. A task that fails ends in `["failed", why]`, with one of the words that `pool` has sentences for.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from torch import nn

from builder.network.plan import Plan
from builder.runtime.module import build_module
from builder.workers.tasks import answers
from builder.workers.wire import from_line, to_line

MEMORY = 512 * 10**6  # bytes that a task may take, beside what the program itself does
POLITE = 15  # clicks are answered first
LONGEST = 16 * 10**6  # bytes that an answer may have


def main() -> None:
    """Answer until there are no more tasks."""
    given, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what anything prints must not get between the lines
    if hasattr(os, "nice"):
        os.nice(POLITE)
    limit_memory(MEMORY)
    build = _last_only(build_module)
    out.write(to_line(["ready", None]))
    for line in given:
        task, start, arguments = from_line(line)
        try:
            _answer(given, out, build, task, start, arguments)
        except Exception as error:
            if _is_full(error):
                out.write(to_line(["failed", "memory"]))
                break  # a fresh program has no holes in its memory
            out.write(to_line(["failed", "fault"]))
            traceback.print_exc()


def _answer(
    given: BinaryIO,
    out: BinaryIO,
    build: Callable[[Plan], nn.Sequential],
    task: str,
    start: int,
    arguments: list[object],
) -> None:
    for answer in answers(build, task, start, arguments):
        line = to_line(["answer", answer])
        if len(line) > LONGEST:
            out.write(to_line(["failed", "memory"]))
            return
        out.write(line)
        if given.readline() != to_line(True):
            break
    out.write(to_line(["end", None]))


def _is_full(error: Exception) -> bool:
    """Was there not enough memory? torch's allocator says so in words, and oneDNN that it could not make what it needs."""
    said = str(error)
    return isinstance(error, MemoryError) or "can't allocate memory" in said or "could not create a primitive" in said


def _last_only(build: Callable[[Plan], nn.Sequential]) -> Callable[[Plan], nn.Sequential]:
    """`build`, which keeps the module that was asked for last, and no other: one heavy network a program."""
    kept: dict[str, nn.Sequential] = {}

    def built(plan: Plan) -> nn.Sequential:
        if plan.text not in kept:
            kept.clear()  # first, so that there is room
            kept[plan.text] = build(plan)
        return kept[plan.text]

    return built


def limit_memory(more: int) -> None:
    """Let the program have `more` bytes than now, where the system can hold it to that: on Linux."""
    with suppress(ImportError, OSError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            data = int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))


if __name__ == "__main__":
    main()
