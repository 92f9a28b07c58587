from collections import OrderedDict

import torch
import torch.nn.functional as F
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


class LearnedPositions(nn.Module):
    """Adds a learned vector for each place of a sequence."""

    def __init__(self, places, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(places, features))
        nn.init.normal_(self.weight)

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


class SelfAttention(nn.MultiheadAttention):
    """An nn.MultiheadAttention in which a sequence looks at itself; causal: no step sees those behind it."""

    def __init__(self, features, heads, causal=False, **options):
        super().__init__(features, heads, batch_first=True, **options)
        self.causal = causal

    def forward(self, x):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1) if self.causal else None
        x = x.transpose(0, 1)  # the step before the batch
        y = F.multi_head_attention_forward(
            x,
            x,
            x,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            need_weights=False,
            attn_mask=mask,
        )[0]
        return y.transpose(0, 1)


def make_model():
    model = nn.Sequential(
        OrderedDict(
            wte=nn.Embedding(50257, 768),
            wpe=LearnedPositions(1024, 768),
            dropout1=nn.Dropout(p=0.1),
            h=nn.Sequential(
                *[
                    nn.Sequential(
                        OrderedDict(
                            attend=Residual(
                                OrderedDict(
                                    norm1=nn.LayerNorm(768),
                                    attention=SelfAttention(768, 12, causal=True),
                                )
                            ),
                            think=Residual(
                                OrderedDict(
                                    norm2=nn.LayerNorm(768),
                                    linear1=nn.Linear(768, 3072),
                                    gelu1=nn.GELU(approximate="tanh"),
                                    linear2=nn.Linear(3072, 768),
                                )
                            ),
                        )
                    )
                    for _ in range(12)
                ]
            ),
            ln_f=nn.LayerNorm(768),
            lm_head=nn.Linear(768, 50257, bias=False),
        )
    )
    model.lm_head.weight = model.wte.weight
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
    x = torch.randint(50257, (5, 1024))

    print(model)
    summary(model, x)
    with torch.no_grad():
        y = model(x)
    print(y)
