"""Names that a layer can't have, held against torch itself."""

from __future__ import annotations

import subprocess
import sys

from torch import nn

from builder.layers.names import RESERVED


def test_reserved_is_what_torch_gives_every_sequential_a_name_for() -> None:
    assert {name for name in dir(nn.Sequential()) if not name.startswith("__")} == RESERVED


def test_specs_plans_and_drawings_are_made_without_torch() -> None:
    """A link can be opened and judged in a process that never pays for torch."""
    program = (
        "import sys, builder.network.plan, builder.zoo.presets, builder.drawing.layers, builder.formats.link\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert 'torch' not in loaded"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
