from collections import OrderedDict

import torch
from torch import nn


def make_model():
    model = nn.Sequential(
        OrderedDict(
            linear1=nn.Linear(2, 1),
            sigmoid1=nn.Sigmoid(),
        )
    )
    return model


def summary(model, x):
    """Send x through the model and print a line for each layer, then the totals."""
    rule, rows, outputs = "-" * 64, [], []

    def note(module, inputs, output):
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", str(list(output.shape)), f"{count:,}"))
        outputs.append(output.numel())

    modules = [m for m in model.modules() if m is not model and not isinstance(m, nn.Sequential)]
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


if __name__ == "__main__":
    torch.set_num_threads(1)  # more threads would round sums differently
    torch.manual_seed(0)  # the weights
    model = make_model().eval()
    torch.manual_seed(0)  # the input
    x = torch.randn(5, 2)

    print(model)
    summary(model, x)
    with torch.no_grad():
        y = model(x)
    print(y)
