"""The networks to start from: each is one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.core.messages import Message
from builder.initializers import Initializer, KaimingNormal, XavierUniform
from builder.layers import Layer
from builder.layers.activations import ReLU, Sigmoid
from builder.layers.linear import Linear
from builder.layers.output import Softmax
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.zoo.literature import convolutional, inception, later, mobile, residual, sequences

FIRST_STEPS, IMAGES, TEXTS = Message("First steps"), Message("Images"), Message("Sequences and texts")


@dataclass(frozen=True)
class Preset:
    """A network to start from, with the sentence that says what it is for, and the heading under which it stands."""

    label: Message
    purpose: Message
    experiment: Experiment
    heading: Message = FIRST_STEPS


def _published(label: Message, purpose: Message, network: NetworkSpec, heading: Message) -> Preset:
    """A network from the literature, with one row: they are large."""
    return Preset(label, purpose, Experiment(network=network, batch=Batch(rows=1)), heading)


def _network(in_features: int, *layers: Layer) -> Experiment:
    return Experiment(network=NetworkSpec(input=Features(in_features=in_features), layers=layers))


def _deep(activation: type[Layer], weights: Initializer, depth: int = 10, width: int = 8) -> Experiment:
    """`depth` hidden layers of `width` neurons, each with its activation."""
    hidden: list[Layer] = []
    for n in range(1, depth + 1):
        hidden.append(Linear(name=f"linear{n}", out_features=width, weight_init=weights))
        hidden.append(activation(name=f"{activation.kind.lower()}{n}"))
    return _network(width, *hidden, Linear(name="out", out_features=2), Softmax(name="softmax1"))


VGG = Message(
    "Simonyan & Zisserman 2015: nothing but 3 × 3 convolutions, deeper and deeper; nine tenths of its parameters are in Linear layers."
)

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
    "blank": Preset(Message("New (blank)"), Message("3 inputs and nothing else: build it yourself."), _network(3)),
    "lenet5": _published(
        Message("LeNet-5"),
        Message(
            "LeCun et al. 1998: the first convolutional network in wide use; here in its usual form, with full connections."
        ),
        convolutional.lenet5(),
        IMAGES,
    ),
    "alexnet": _published(
        Message("AlexNet"),
        Message("Krizhevsky 2014, as in torchvision: one tower, without local response normalization."),
        convolutional.alexnet(),
        IMAGES,
    ),
    "vgg11": _published(Message("VGG-11"), VGG, convolutional.vgg([1, 1, 2, 2, 2]), IMAGES),
    "vgg16": _published(Message("VGG-16"), VGG, convolutional.vgg([2, 2, 3, 3, 3]), IMAGES),
    "vgg16_bn": _published(
        Message("VGG-16-BN"),
        Message(
            "VGG-16 with BatchNorm behind each convolution, as in torchvision; the convolutions keep their biases."
        ),
        convolutional.vgg([2, 2, 3, 3, 3], norm=True),
        IMAGES,
    ),
    "resnet18": _published(
        Message("ResNet-18"),
        Message("He et al. 2016: residual blocks of two convolutions let the gradient past them."),
        residual.resnet18(),
        IMAGES,
    ),
    "resnet50": _published(
        Message("ResNet-50"),
        Message(
            "He et al. 2016: blocks of three convolutions; the stride is in the middle one, as in torchvision (“v1.5”)."
        ),
        residual.resnet50(),
        IMAGES,
    ),
    "mobilenet_v2": _published(
        Message("MobileNetV2"),
        Message(
            "Sandler et al. 2018: depthwise convolutions, one filter a channel, make it small enough for a telephone."
        ),
        residual.mobilenet_v2(),
        IMAGES,
    ),
    "squeezenet": _published(
        Message("SqueezeNet 1.1"),
        Message(
            "Iandola et al. 2016: AlexNet's accuracy with a fiftieth of its parameters; branches of 1 × 1 and 3 × 3 "
            "filters. Pools round up."
        ),
        convolutional.squeezenet(),
        IMAGES,
    ),
    "googlenet": _published(
        Message("GoogLeNet"),
        Message(
            "Szegedy et al. 2015: branches of several sizes of window, put side by side; as in torchvision, without the "
            "heads for training."
        ),
        inception.googlenet(),
        IMAGES,
    ),
    "inception_v3": _published(
        Message("Inception v3"),
        Message("Szegedy et al. 2016: windows of 1 × 7 and 7 × 1 in place of 7 × 7; without the head for training."),
        inception.inception_v3(),
        IMAGES,
    ),
    "densenet121": _published(
        Message("DenseNet-121"),
        Message("Huang et al. 2017: each layer sees what all before it in its block have made."),
        inception.densenet121(),
        IMAGES,
    ),
    "mobilenet_v3": _published(
        Message("MobileNetV3-Large"),
        Message("Howard et al. 2019: MobileNetV2 with channels that are weighed, and cheaper activations."),
        mobile.mobilenet_v3_large(),
        IMAGES,
    ),
    "efficientnet_b0": _published(
        Message("EfficientNet-B0"),
        Message(
            "Tan & Le 2019: depthwise convolutions and weighed channels, the base from which larger ones are scaled."
        ),
        mobile.efficientnet_b0(),
        IMAGES,
    ),
    "shufflenet_v2": _published(
        Message("ShuffleNetV2 × 1.0"),
        Message("Ma et al. 2018: half of the channels pass by, and then all are dealt out anew."),
        mobile.shufflenet_v2(),
        IMAGES,
    ),
    "senet18": _published(
        Message("SENet-18 (32 × 32)"),
        Message("Hu et al. 2018: a ResNet-18 for small images whose channels are weighed by squeeze-and-excitation."),
        mobile.senet18(),
        IMAGES,
    ),
    "convnext_tiny": _published(
        Message("ConvNeXt-Tiny"),
        Message(
            "Liu et al. 2022: a convolutional network built as transformers are; its dense layers are 1 × 1 convolutions here."
        ),
        later.convnext_tiny(),
        IMAGES,
    ),
    "mlp_mixer": _published(
        Message("MLP-Mixer B/16"),
        Message("Tolstikhin et al. 2021: dense layers over the patches and over the features, in turn; no attention."),
        later.mlp_mixer(),
        IMAGES,
    ),
    "dcgan_generator": _published(
        Message("DCGAN: generator"),
        Message("Radford et al. 2016: 100 random numbers become an image; its weights start from N(0, 0.02²)."),
        later.dcgan_generator(),
        IMAGES,
    ),
    "dcgan_discriminator": _published(
        Message("DCGAN: discriminator"),
        Message("Radford et al. 2016: the other of the pair, which says whether an image is a real one."),
        later.dcgan_discriminator(),
        IMAGES,
    ),
    "unet": _published(
        Message("U-Net (small)"),
        Message(
            "Ronneberger et al. 2015, with two levels instead of four, padding and BatchNorm: says of each pixel what it belongs to."
        ),
        convolutional.unet(),
        IMAGES,
    ),
    "vit_b16": _published(
        Message("ViT-B/16"),
        Message("Dosovitskiy et al. 2021: an image as a sequence of 196 patches, read by a transformer."),
        sequences.vit_b16(),
        IMAGES,
    ),
    "lstm": _published(
        Message("LSTM text classifier"),
        Message("Reads a text in both directions, and judges it by where it ends."),
        sequences.lstm_classifier(),
        TEXTS,
    ),
    "tcn": _published(
        Message("TCN (temporal convolutions)"),
        Message(
            "Bai et al. 2018: causal convolutions that look back twice as far at each level read a digit pixel by pixel."
        ),
        later.tcn(),
        TEXTS,
    ),
    "encoder": _published(
        Message("Transformer encoder block"),
        Message(
            "Vaswani et al. 2017, part by part: attention and two Linear layers, each with its residual and LayerNorm."
        ),
        sequences.encoder_block(),
        TEXTS,
    ),
    "bert": _published(
        Message("BERT base"),
        Message(
            "Devlin et al. 2019: encoder and pooler, without the heads for training; all is one segment, "
            "and ε in the encoder is 1e-5, not 1e-12."
        ),
        sequences.bert_base(),
        TEXTS,
    ),
    "gpt2": _published(
        Message("GPT-2 small"),
        Message("Radford et al. 2019: its head is the Embedding's weight, counted once."),
        sequences.gpt(12, 768, 12, 1024),
        TEXTS,
    ),
    "gpt3": _published(
        Message("GPT-3 175B"),
        Message(
            "Brown et al. 2020: 96 layers of width 12,288; here every layer attends densely, in the paper every other one sparsely."
        ),
        sequences.gpt(96, 12_288, 96, 2048),
        TEXTS,
    ),
    "llama3_8b": _published(
        Message("Llama 3 8B"),
        Message(
            "Grattafiori et al. 2024: four heads of queries share one of keys and values, and positions turn them."
        ),
        sequences.llama3_8b(),
        TEXTS,
    ),
}
