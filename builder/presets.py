"""The networks to start from: each is one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder import literature
from builder.experiment import Experiment
from builder.initializers import Initializer, KaimingNormal, XavierUniform
from builder.inputs import Features
from builder.layers import Layer
from builder.layers.activations import ReLU, Sigmoid
from builder.layers.linear import Linear
from builder.layers.output import Softmax
from builder.messages import Message
from builder.spec import NetworkSpec


@dataclass(frozen=True)
class Preset:
    """A network to start from, with the sentence that says what it is for."""

    label: Message
    purpose: Message
    experiment: Experiment


def _network(in_features: int, *layers: Layer) -> Experiment:
    return Experiment(network=NetworkSpec(input=Features(in_features=in_features), layers=layers))


def _deep(activation: type[Layer], weights: Initializer, depth: int = 10, width: int = 8) -> Experiment:
    """`depth` hidden layers of `width` neurons, each with its activation."""
    hidden: list[Layer] = []
    for n in range(1, depth + 1):
        hidden.append(Linear(name=f"linear{n}", out_features=width, weight_init=weights))
        hidden.append(activation(name=f"{activation.kind.lower()}{n}"))
    return _network(width, *hidden, Linear(name="out", out_features=2), Softmax(name="softmax1"))


PRESETS: Mapping[str, Preset] = {
    "tutorial": Preset(
        Message("Tutorial network"),
        Message("3 inputs, two hidden layers, two classes: small enough to count by hand."),
        _network(
            3,
            Linear(name="linear1", out_features=3, weight_init=XavierUniform()),
            Sigmoid(name="sigmoid1"),
            Linear(name="linear2", out_features=2, weight_init=KaimingNormal()),
            ReLU(name="relu1"),
            Linear(name="out", out_features=2),
            Softmax(name="softmax1"),
        ),
    ),
    "perceptron": Preset(
        Message("Single perceptron"),
        Message("One neuron with two inputs: the oldest network there is."),
        _network(2, Linear(name="linear1", out_features=1), Sigmoid(name="sigmoid1")),
    ),
    "xor": Preset(
        Message("XOR net"),
        Message("The smallest hidden layer that can tell “one of the two” from “both or none”."),
        _network(
            2,
            Linear(name="linear1", out_features=2, weight_init=XavierUniform()),
            Sigmoid(name="sigmoid1"),
            Linear(name="out", out_features=2, weight_init=XavierUniform()),
            Softmax(name="softmax1"),
        ),
    ),
    "mnist": Preset(
        Message("MNIST MLP"),
        Message("784-512-256-10: reads handwritten digits of 28 × 28 pixels."),
        _network(
            784,
            Linear(name="linear1", out_features=512, weight_init=KaimingNormal()),
            ReLU(name="relu1"),
            Linear(name="linear2", out_features=256, weight_init=KaimingNormal()),
            ReLU(name="relu2"),
            Linear(name="out", out_features=10),
            Softmax(name="softmax1"),
        ),
    ),
    "deep_sigmoid": Preset(
        Message("Deep narrow sigmoid net"),
        Message("Ten sigmoid layers: watch the signal die, all rows come out alike."),
        _deep(Sigmoid, XavierUniform()),
    ),
    "deep_relu": Preset(
        Message("Deep ReLU net"),
        Message("Ten ReLU layers with He weights: the signal lives to the end."),
        _deep(ReLU, KaimingNormal()),
    ),
    "lenet5": Preset(
        Message("LeNet-5 (1998)"),
        Message(
            "The first convolutional network in daily use: it read the digits on cheques (LeCun et al. 1998). As it is taught today: "
            "c3 sees all maps, plain means, softmax at the end."
        ),
        Experiment(network=literature.lenet5()),
    ),
    "alexnet": Preset(
        Message("AlexNet (2012)"),
        Message(
            "Won ImageNet by far and began the deep learning boom (Krizhevsky et al. 2012). As in torchvision: one column, after "
            "Krizhevsky 2014, without local response normalization."
        ),
        Experiment(network=literature.alexnet()),
    ),
    "vgg11": Preset(
        Message("VGG-11 (2014)"),
        Message("Nothing but 3 × 3 convolutions, five stages of them (Simonyan & Zisserman 2014, configuration A)."),
        Experiment(network=literature.vgg((1, 1, 2, 2, 2))),
    ),
    "vgg16": Preset(
        Message("VGG-16 (2014)"),
        Message(
            "The VGG that everyone uses: 13 convolutions and 3 Linear layers (Simonyan & Zisserman 2014, configuration D)."
        ),
        Experiment(network=literature.vgg((2, 2, 3, 3, 3))),
    ),
    "vgg16_bn": Preset(
        Message("VGG-16 with BatchNorm"),
        Message(
            "VGG-16 as in torchvision's vgg16_bn: a BatchNorm after each convolution, which the paper of 2014 does not have yet."
        ),
        Experiment(network=literature.vgg((2, 2, 3, 3, 3), batch_norm=True)),
    ),
    "resnet18": Preset(
        Message("ResNet-18 (2015)"),
        Message(
            "Residual blocks let the gradient pass, so networks may be deep (He et al. 2015). As in torchvision: convolutions "
            "without bias, a BatchNorm after each."
        ),
        Experiment(network=literature.resnet18()),
    ),
    "resnet50": Preset(
        Message("ResNet-50 (2015)"),
        Message(
            "Bottlenecks make 50 layers affordable (He et al. 2015). As in torchvision: the 3 × 3 convolution has the stride, "
            "not the first 1 × 1 of the paper."
        ),
        Experiment(network=literature.resnet50()),
    ),
    "mobilenet_v2": Preset(
        Message("MobileNetV2 (2018)"),
        Message(
            "Depthwise convolutions between two narrow ends, made for phones (Sandler et al. 2018); as in torchvision."
        ),
        Experiment(network=literature.mobilenet_v2()),
    ),
    "squeezenet": Preset(
        Message("SqueezeNet 1.1 (2016)"),
        Message(
            "AlexNet's accuracy with a fiftieth of its parameters (Iandola et al. 2016). Version 1.1 of the authors, as in "
            "torchvision: the pools round up."
        ),
        Experiment(network=literature.squeezenet()),
    ),
    "vit_b_16": Preset(
        Message("ViT-B/16 (2020)"),
        Message(
            "An image is a sequence of 16 × 16 patches, and a transformer reads it (Dosovitskiy et al. 2020); as in torchvision, "
            "with one Linear layer as head."
        ),
        Experiment(network=literature.vit_b_16()),
    ),
    "bert_base": Preset(
        Message("BERT base (2018)"),
        Message(
            "A transformer that reads in both directions (Devlin et al. 2018): the encoder with its pooler, without the heads of "
            "pretraining. Inside the encoder ε is torch's 1e-5, not 1e-12."
        ),
        Experiment(network=literature.bert_base()),
    ),
    "gpt2": Preset(
        Message("GPT-2 small (2019)"),
        Message(
            "Guesses the next word, 12 causal blocks deep (Radford et al. 2019). The head shares the weight of the embedding, "
            "which counts once."
        ),
        Experiment(network=literature.gpt(layers=12, width=768, heads=12, context=1024)),
    ),
    "gpt3": Preset(
        Message("GPT-3 175B (2020)"),
        Message(
            "GPT-2 on a grand scale: 96 blocks, 12,288 wide (Brown et al. 2020). Here all attention is dense; in the paper every "
            "other block's is sparse, with the same parameters."
        ),
        Experiment(network=literature.gpt(layers=96, width=12288, heads=96, context=2048)),
    ),
    "unet": Preset(
        Message("Small U-Net (2015)"),
        Message(
            "Says for each pixel what it belongs to (Ronneberger et al. 2015). Smaller: three levels for four, 16 channels for 64; "
            "padding keeps the size, so nothing is cropped."
        ),
        Experiment(network=literature.unet()),
    ),
    "lstm_classifier": Preset(
        Message("LSTM text classifier"),
        Message(
            "Reads 50 words one by one; its last state decides between two classes (LSTM: Hochreiter & Schmidhuber 1997)."
        ),
        Experiment(network=literature.lstm_classifier()),
    ),
    "encoder_block": Preset(
        Message("Transformer encoder block"),
        Message(
            "One layer of the encoder of “Attention is all you need” (Vaswani et al. 2017), opened up: 512 features, 8 heads, "
            "2,048 inner neurons."
        ),
        Experiment(network=literature.encoder_block()),
    ),
    "blank": Preset(Message("New (blank)"), Message("3 inputs and nothing else: build it yourself."), _network(3)),
}
