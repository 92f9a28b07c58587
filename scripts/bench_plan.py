"""How long a plan with its count and MACs takes, and what memory, beside torchinfo's summary of the module built from it.

The module is built beforehand, which does not count. torchinfo sends a row through it: once as it is, and once on the meta device, where
nothing is calculated; the ratio is to the faster of the two. Each plan is made of a spec read anew, so nothing is left over from the last.
A plan is over so soon that a round takes the mean of several. Memory is that of a process of its own: by how much it grew at its peak
(VmHWM, set back before; so it needs Linux), or what Python's objects took at theirs (tracemalloc), whichever is more.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
import torchinfo
from torch import Tensor, nn

from builder.layers.blocks import Repeat
from builder.layers.linear import Linear
from builder.layers.shapes import TokenShape
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS

PLANS = 20  # in each round
AIM = 100.0  # how many times faster than torchinfo, but for the tutorial network
NETWORKS: Mapping[str, NetworkSpec] = {
    "tutorial network": PRESETS["tutorial"].experiment.network,
    "1,000 × Linear(64)": NetworkSpec(
        input=Features(in_features=64), layers=tuple(Linear(name=f"linear{n}", out_features=64) for n in range(1000))
    ),
    "the same as a Repeat": NetworkSpec(
        input=Features(in_features=64),
        layers=(Repeat(name="repeat1", times=1000, layers=(Linear(name="linear1", out_features=64),)),),
    ),
    "ResNet-50": PRESETS["resnet50"].experiment.network,
    "GPT-2 small": PRESETS["gpt2"].experiment.network,
}
Act = Callable[[], object]
WAYS = ("plan", "torchinfo", "torchinfo meta")


def counted(spec: NetworkSpec) -> tuple[int, int]:
    plan = make_plan(spec)
    return plan.count, plan.macs


def one_row(plan: Plan, device: str) -> Tensor:
    kind = torch.long if isinstance(plan.input_shape, TokenShape) else torch.float32
    return torch.zeros(1, *plan.input_shape, dtype=kind, device=device)


def summarised(module: nn.Module, row: Tensor) -> object:
    return torchinfo.summary(module, input_data=row, verbose=0, device=row.device)


def prepared(way: str, spec: NetworkSpec) -> Act:
    """What is measured, with all that comes before it done: the spec read, or the module built."""
    if way == "plan":
        read = NetworkSpec.model_validate_json(spec.model_dump_json())
        return lambda: counted(read)
    plan, device = make_plan(spec), "meta" if way == "torchinfo meta" else "cpu"
    module, row = build_module(plan, meta=device == "meta"), one_row(plan, device)
    return lambda: summarised(module, row)


def seconds(acts: Sequence[Act]) -> float:
    """What one of `acts` takes, in the mean."""
    gc.collect()
    begin = perf_counter()
    for act in acts:
        act()
    return (perf_counter() - begin) / len(acts)


def timed(spec: NetworkSpec, rounds: int) -> dict[str, float]:
    """The median of each way; the rounds are interleaved, so that what slows the machine for a while slows all."""
    summaries = {way: prepared(way, spec) for way in WAYS[1:]}
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        times["plan"].append(seconds([prepared("plan", spec) for _ in range(PLANS)]))
        for way, act in summaries.items():
            times[way].append(seconds([act]))
    return {way: median(taken) for way, taken in times.items()}


def replanned(rounds: int = 50) -> float:
    """The median seconds of a plan made from the one before, after one edit in the middle of 1,000 layers."""
    spec, times = NETWORKS["1,000 × Linear(64)"], []
    for n in range(rounds):
        before = make_plan(spec)
        spec = spec.replaced("linear500", Linear(name="linear500", out_features=64 + n % 2))
        times.append(seconds([lambda spec=spec, before=before: make_plan(spec, before)]))  # type: ignore[misc]
    return median(times)


def memory(way: str, name: str) -> int:
    """The bytes that a fresh process needs for it."""
    asked = [sys.executable, "-m", "scripts.bench_plan", "--grow", way, "--network", name]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def needed(way: str, name: str) -> int:
    prepared(way, NETWORKS["tutorial network"])()  # what is loaded at the first use
    act = prepared(way, NETWORKS[name])
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is from now on
    before = _status("VmRSS")
    act()
    grown = _status("VmHWM") - before
    tracemalloc.start()
    prepared_again = prepared(way, NETWORKS[name]) if way == "plan" else act
    tracemalloc.reset_peak()
    start = tracemalloc.get_traced_memory()[0]
    prepared_again()
    return max(grown, tracemalloc.get_traced_memory()[1] - start)


def _status(entry: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{entry}:"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)  # torchinfo takes seconds for GPT-2
    parser.add_argument("--grow", choices=WAYS, help="print by how much this process grows, and nothing else")
    parser.add_argument("--network", choices=NETWORKS)
    asked = parser.parse_args()
    if asked.grow:
        print(needed(asked.grow, asked.network))
        return 0
    print(f"{'':22}{'plan':>12}{'torchinfo':>12}{'on meta':>12}{'ratio':>9}   peak memory of each")
    slow: list[str] = []
    for name, spec in NETWORKS.items():
        times = timed(spec, asked.rounds)
        ratio = min(times[way] for way in WAYS[1:]) / times["plan"]
        taken = [f"{memory(way, name) / 1e3:,.0f} kB" for way in WAYS]
        cells = "".join(f"{1e3 * times[way]:9.2f} ms" for way in WAYS)
        print(f"{name:22}{cells}{ratio:8.0f}×   {', '.join(taken)}", flush=True)
        if name != "tutorial network" and ratio < AIM:
            slow.append(name)
    print(f"One edit of the 1,000 layers, planned from the plan before: {1e3 * replanned():.2f} ms (aim: 0.5)")
    if slow:
        print(f"Less than {AIM:g} times as fast as torchinfo: {', '.join(slow)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
