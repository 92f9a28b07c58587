"""What a program holds whatever the network is: its summary, and the modules that torch lacks, as `layers.modules` has them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from builder.formats.torch_source.wrapped import WIDTH

SUMMARY = r'''
def summary(model, x):
    """Send x through the model and print a line for each layer, then the totals."""
    rule, rows, outputs = "-" * 64, [], []

    def note(module, inputs, output):
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", str(list(output.shape)), f"{count:,}"))
        outputs.append(output.numel())

    MODULES
    hooks = [module.register_forward_hook(note) for module in modules]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()

    total = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    sizes = [4 * n / 1024**2 for n in (x.numel(), 2 * sum(outputs), total)]  # float32; twice for the gradients
    line = "{:>20}  {:>25} {:>15}".format
    print(rule, line("Layer (type)", "Output Shape", "Param #"), "=" * 64, sep="\n")
    for row in rows:
        print(line(*row))
    print("=" * 64)
    print(f"Total params: {total:,}")
    print(f"Trainable params: {trainable:,}")
    print(f"Non-trainable params: {total - trainable:,}")
    print(rule)
    print(f"Input size (MB): {sizes[0]:.2f}")
    print(f"Forward/backward pass size (MB): {sizes[1]:.2f}")
    print(f"Params size (MB): {sizes[2]:.2f}")
    print(f"Estimated Total Size (MB): {sum(sizes):.2f}")
    print(rule)
'''

_LISTED = "    MODULES\n"
MODULES = "    modules = [m for m in model.modules() if m is not model and not isinstance(m, {})]\n"
# What is inside of these is no layer of ours.
WHOLES = {"TransformerEncoderLayer": "nn.TransformerEncoderLayer", "GroupedQueryAttention": "GroupedQueryAttention"}
WHOLE = """\
    wholes = [m for m in modules if isinstance(m, {wholes})]
    inside = {{part for whole in wholes for part in whole.modules() if part is not whole}}
    modules = [m for m in modules if m not in inside]
"""


def summary(blocks: Sequence[str], kinds: Collection[str]) -> str:
    """The function that prints the summary of a network of layers of these `kinds`: it looks into modules of the classes
    `blocks`, and takes all others whole."""
    wholes = [name for kind, name in WHOLES.items() if kind in kinds]
    classes = ["nn.Sequential", *blocks]
    named = _tuple("    blocks", classes) if blocks else ""
    listed = (
        named
        + MODULES.format("blocks" if blocks else classes[0])
        + (WHOLE.format(wholes=_one_of(wholes)) if wholes else "")
    )
    return SUMMARY.replace(_LISTED, listed)


def _one_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _tuple(name: str, items: Sequence[str]) -> str:
    line = f"{name} = ({', '.join(items)})\n"
    return (
        line
        if len(line) <= WIDTH + 1
        else "".join([f"{name} = (\n", *(f"        {item},\n" for item in items), "    )\n"])
    )


@lru_cache(maxsize=256)  # a program asks of each of our own classes in turn
def names_in(source: str) -> frozenset[str]:
    """What `source` looks up by name; attributes, such as the layers of a module, are none."""
    return frozenset(node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))


@cache
def own_sources() -> dict[str, str]:
    """The text of each of our own classes and functions, by its name; each uses only those before it."""
    found: dict[str, str] = {}
    for file in ("modules_of_axes.py", "modules.py"):
        text = files("builder.layers").joinpath(file).read_text(encoding="utf-8")
        made = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        found |= {node.name: ast.get_source_segment(text, node) or "" for node in made}
    return found


def own(used: Collection[str]) -> list[str]:
    """The text of our own classes and functions among the names `used`, with what they are made from."""
    needed, texts = set(used), list[str]()
    for name, text in reversed(own_sources().items()):
        if name in needed:
            needed |= names_in(text)
            texts.insert(0, text)
    return texts
