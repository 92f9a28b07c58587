from collections import OrderedDict

import torch
from torch import nn


class Shortcut(nn.Sequential):
    """The way around the other layers of a Residual."""


class Residual(nn.Sequential):
    """Adds what goes in, or what the Shortcut makes of it, to what the other layers make of it."""

    __constants__ = ["__around__"]  # for TorchScript; no layer may be called so

    def __init__(self, layers):
        super().__init__(layers)
        self.__around__ = tuple(isinstance(layer, Shortcut) for layer in self)

    def forward(self, x):
        y, way = x, x
        for number, layer in enumerate(self):
            if self.__around__[number]:
                way = layer(x)
            else:
                y = layer(y)
        return y + way


def make_residual1(channels):
    return Residual(
        OrderedDict(
            conv1=nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            norm1=nn.BatchNorm2d(channels),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            norm2=nn.BatchNorm2d(channels),
        )
    )


def make_more(channels):
    return nn.Sequential(
        OrderedDict(
            residual1=make_residual1(channels=channels),
            relu1=nn.ReLU(),
        )
    )


def make_shortcut(in_channels, out_channels):
    return Shortcut(
        OrderedDict(
            conv1=nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=2, bias=False),
            norm1=nn.BatchNorm2d(out_channels),
        )
    )


def make_layer2_residual1(in_channels, out_channels):
    return Residual(
        OrderedDict(
            conv1=nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1, bias=False),
            norm1=nn.BatchNorm2d(out_channels),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            norm2=nn.BatchNorm2d(out_channels),
            shortcut=make_shortcut(in_channels=in_channels, out_channels=out_channels),
        )
    )


def make_layer(in_channels, out_channels):
    return nn.Sequential(
        OrderedDict(
            residual1=make_layer2_residual1(in_channels=in_channels, out_channels=out_channels),
            relu1=nn.ReLU(),
            more=make_more(channels=out_channels),
        )
    )


def make_model():
    model = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
            norm1=nn.BatchNorm2d(64),
            relu1=nn.ReLU(),
            maxpool=nn.MaxPool2d(3, stride=2, padding=1),
            layer1=nn.Sequential(
                OrderedDict(
                    more=nn.Sequential(*[make_more(channels=64) for _ in range(2)]),
                )
            ),
            layer2=make_layer(in_channels=64, out_channels=128),
            layer3=make_layer(in_channels=128, out_channels=256),
            layer4=make_layer(in_channels=256, out_channels=512),
            avgpool=nn.AdaptiveAvgPool2d(1),
            flatten1=nn.Flatten(),
            fc=nn.Linear(512, 1000),
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
    x = torch.randn(5, 3, 224, 224)

    print(model)
    summary(model, x)
    with torch.no_grad():
        y = model(x)
    print(y)
