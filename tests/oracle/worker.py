"""A process apart that runs exported programs, one for each path it reads, and saves what each of them made."""

import contextlib
import io
import runpy
import sys

import torch

for line in sys.stdin:
    path = line.strip()
    torch.manual_seed(12345)  # what ran before must not matter
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            names = runpy.run_path(path, run_name="__main__")
        model, y = names["model"], names["y"]
        grads = [p.requires_grad for p in model.parameters()]
        torch.save({"state": model.state_dict(), "y": y, "x": names["x"], "grads": grads}, f"{path}.pt")
        with open(f"{path}.txt", "w", encoding="utf-8") as file:
            file.write(printed.getvalue())
        print("done", flush=True)
    except Exception as error:
        print(f"failed: {error!r}", flush=True)
