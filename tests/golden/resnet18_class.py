import torch
from torch import nn


class Residual1(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + x


class More(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.residual1 = Residual1(channels=channels)

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        return x


class Layer1(nn.Module):
    def __init__(self):
        super().__init__()
        self.more = nn.Sequential(*[More(channels=64) for _ in range(2)])

    def forward(self, x):
        x = self.more(x)
        return x


class Residual1Shortcut(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=2, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = self.conv1(x)
        x = self.norm1(x)
        return x


class Layer2Residual1(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.shortcut = Residual1Shortcut(in_channels=in_channels, out_channels=out_channels)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + self.shortcut(x)


class Layer(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.residual1 = Layer2Residual1(in_channels=in_channels, out_channels=out_channels)
        self.more = More(channels=out_channels)

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        x = self.more(x)
        return x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.norm1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = Layer1()
        self.layer2 = Layer(in_channels=64, out_channels=128)
        self.layer3 = Layer(in_channels=128, out_channels=256)
        self.layer4 = Layer(in_channels=256, out_channels=512)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten1 = nn.Flatten()
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = self.conv1(x)
        x = self.norm1(x)
        x = torch.relu(x)
        x = self.maxpool(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.avgpool(x)
        x = self.flatten1(x)
        x = self.fc(x)
        return x


def summary(model, x):
    """Send x through the model and print a line for each layer, then the totals."""
    rule, rows, outputs = "-" * 64, [], []

    def note(module, inputs, output):
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", str(list(output.shape)), f"{count:,}"))
        outputs.append(output.numel())

    blocks = (nn.Sequential, Residual1, More, Layer1, Residual1Shortcut, Layer2Residual1, Layer)
    modules = [m for m in model.modules() if m is not model and not isinstance(m, blocks)]
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
    model = Model().eval()
    torch.manual_seed(0)  # the input
    x = torch.randn(5, 3, 224, 224)

    print(model)
    summary(model, x)
    with torch.no_grad():
        y = model(x)
    print(y)
