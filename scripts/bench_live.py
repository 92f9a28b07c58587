"""Measure how a class trains: sixty runs at once on the programs of one server, each watched as a browser watches it.

    python -m scripts.bench_live [--runs 60] [--seconds 20]

The watchers are in this process, on the same machine; nothing is drawn.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from statistics import mean, quantiles

from builder.training.data import DATA, load
from builder.training.fit import fitted
from builder.training.settings import Training
from builder.workers.live import Live, LiveRun
from builder.zoo.presets import PRESETS

WISH = {"parts": ["curve", "plane", "gradients"]}


class Watcher:
    """What a browser does: it asks for a frame when it has the last."""

    def __init__(self, run: LiveRun) -> None:
        self.run, self.times, self.step, self.size = run, list[float](), 0, 0
        run.hears = self.hear
        self.epochs = 0
        run.tell("wish", {**WISH, "epochs": 0})

    def hear(self, said: str) -> None:
        frame = json.loads(said)["frame"]
        self.times.append(time.monotonic())
        self.step, self.size = frame["step"], len(said)
        self.epochs += len(frame["curve"]["epochs"])
        self.run.tell("wish", {**WISH, "epochs": self.epochs})


def main() -> None:
    """Start so many runs, let them train for a while, and say what each got."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    live, experiment = Live(), fitted(PRESETS["deep_relu"].experiment, load(DATA["spirals"]()))
    watchers = [Watcher(live.begin(str(n), experiment, Training(epochs=10_000))) for n in range(asked.runs)]
    while not all(watcher.times for watcher in watchers):
        time.sleep(0.1)
    for watcher in watchers:
        watcher.run.tell("go", 10**5)
    time.sleep(2)
    begun, steps = time.monotonic(), [watcher.step for watcher in watchers]
    time.sleep(asked.seconds)
    done = [watcher.step - before for watcher, before in zip(watchers, steps, strict=True)]
    times = [[at for at in watcher.times if at >= begun] for watcher in watchers]
    gaps = sorted(b - a for each in times for a, b in itertools.pairwise(each))
    longest = [max((b - a for a, b in itertools.pairwise(each)), default=asked.seconds) for each in times]
    print(
        f"{asked.runs} runs: {mean(len(each) for each in times) / asked.seconds:.1f} frames/s each, gap p95 "
        f"{1000 * quantiles(gaps, n=20)[-1]:.0f} ms, longest gap of a run p95 {1000 * quantiles(longest, n=20)[-1]:.0f} ms, "
        f"{sum(done) / asked.seconds:,.0f} steps/s in all, the least share {min(done) / mean(done):.2f} of the mean, "
        f"{watchers[0].size / 1000:.1f} kB a frame"
    )
    for watcher in watchers:
        live.end(watcher.run)


if __name__ == "__main__":
    main()
