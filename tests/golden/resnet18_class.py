import torch
from torch import nn


class Layer1MoreResidual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(64)
        self.conv2 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(64)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + x


class Layer1More(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer1MoreResidual1()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        return x


class Layer1(nn.Module):
    def __init__(self):
        super().__init__()
        self.more = nn.Sequential(*[Layer1More() for _ in range(2)])

    def forward(self, x):
        x = self.more(x)
        return x


class Layer2Residual1Shortcut(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(64, 128, kernel_size=1, stride=2, bias=False)
        self.norm1 = nn.BatchNorm2d(128)

    def forward(self, x):
        x = self.conv1(x)
        x = self.norm1(x)
        return x


class Layer2Residual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(64, 128, kernel_size=3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(128)
        self.conv2 = nn.Conv2d(128, 128, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(128)
        self.shortcut = Layer2Residual1Shortcut()

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + self.shortcut(x)


class Layer2MoreResidual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(128, 128, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(128)
        self.conv2 = nn.Conv2d(128, 128, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(128)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + x


class Layer2More(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer2MoreResidual1()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        return x


class Layer2(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer2Residual1()
        self.more = Layer2More()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        x = self.more(x)
        return x


class Layer3Residual1Shortcut(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(128, 256, kernel_size=1, stride=2, bias=False)
        self.norm1 = nn.BatchNorm2d(256)

    def forward(self, x):
        x = self.conv1(x)
        x = self.norm1(x)
        return x


class Layer3Residual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(128, 256, kernel_size=3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(256)
        self.conv2 = nn.Conv2d(256, 256, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(256)
        self.shortcut = Layer3Residual1Shortcut()

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + self.shortcut(x)


class Layer3MoreResidual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(256, 256, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(256)
        self.conv2 = nn.Conv2d(256, 256, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(256)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + x


class Layer3More(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer3MoreResidual1()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        return x


class Layer3(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer3Residual1()
        self.more = Layer3More()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        x = self.more(x)
        return x


class Layer4Residual1Shortcut(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(256, 512, kernel_size=1, stride=2, bias=False)
        self.norm1 = nn.BatchNorm2d(512)

    def forward(self, x):
        x = self.conv1(x)
        x = self.norm1(x)
        return x


class Layer4Residual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(256, 512, kernel_size=3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(512)
        self.conv2 = nn.Conv2d(512, 512, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(512)
        self.shortcut = Layer4Residual1Shortcut()

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + self.shortcut(x)


class Layer4MoreResidual1(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(512, 512, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(512)
        self.conv2 = nn.Conv2d(512, 512, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(512)

    def forward(self, x):
        y = self.conv1(x)
        y = self.norm1(y)
        y = torch.relu(y)
        y = self.conv2(y)
        y = self.norm2(y)
        return y + x


class Layer4More(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer4MoreResidual1()

    def forward(self, x):
        x = self.residual1(x)
        x = torch.relu(x)
        return x


class Layer4(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual1 = Layer4Residual1()
        self.more = Layer4More()

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
        self.layer2 = Layer2()
        self.layer3 = Layer3()
        self.layer4 = Layer4()
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

    blocks = (
        nn.Sequential,
        Layer1MoreResidual1,
        Layer1More,
        Layer1,
        Layer2Residual1Shortcut,
        Layer2Residual1,
        Layer2MoreResidual1,
        Layer2More,
        Layer2,
        Layer3Residual1Shortcut,
        Layer3Residual1,
        Layer3MoreResidual1,
        Layer3More,
        Layer3,
        Layer4Residual1Shortcut,
        Layer4Residual1,
        Layer4MoreResidual1,
        Layer4More,
        Layer4,
    )
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
