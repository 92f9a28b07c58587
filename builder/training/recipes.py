"""What a training script holds besides the network. The app trains with these very functions, and exported scripts hold their text.

Each needs nothing but torch and what it imports itself, so that it stands in a script as it stands here. What is drawn at
random comes from a generator with the seed that is given.
"""

import math

import torch
from torch.nn import functional


def circles(rows, noise, seed):
    """Two rings, one inside the other."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.arange(rows) % 2
    angle = 2 * math.pi * torch.rand(rows, generator=draw)
    radius = 1 - 0.5 * y
    x = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    return x + noise * torch.randn(rows, 2, generator=draw), y


def moons(rows, noise, seed):
    """Two half moons that reach into each other."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.arange(rows) % 2
    angle = math.pi * (torch.rand(rows, generator=draw) + y)
    x = torch.stack([angle.cos() + y - 0.5, angle.sin() + 0.5 * y - 0.25], dim=1)
    return x + noise * torch.randn(rows, 2, generator=draw), y


def blobs(rows, classes, noise, seed):
    """Clouds around points that lie evenly on a circle."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.arange(rows) % classes
    angle = 2 * math.pi * y / classes
    x = torch.stack([angle.cos(), angle.sin()], dim=1)
    return x + noise * torch.randn(rows, 2, generator=draw), y


def spirals(rows, classes, noise, seed):
    """Arms that wind around the middle one and a half times."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.arange(rows) % classes
    radius = torch.rand(rows, generator=draw).sqrt()
    angle = 3 * math.pi * radius + 2 * math.pi * y / classes
    x = radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    return x + noise * torch.randn(rows, 2, generator=draw), y


def xor(rows, noise, seed):
    """Four squares: those that touch at a corner belong together."""
    draw = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand(rows, 2, generator=draw) - 1
    y = (x[:, 0] * x[:, 1] < 0).long()
    return x + noise * torch.randn(rows, 2, generator=draw), y


def checkerboard(rows, fields, noise, seed):
    """A board of fields × fields squares, black and white."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(rows, 2, generator=draw)
    y = (fields * x).floor().long().sum(dim=1) % 2
    return 2 * x - 1 + noise * torch.randn(rows, 2, generator=draw), y


def parity(rows, length, seed):
    """Zeros and ones: is the number of ones odd?"""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randint(2, (rows, length), generator=draw)
    return x, x.sum(dim=1) % 2


def brackets(rows, length, seed):
    """Opening (0) and closing (1) brackets, as many of each: does every one that closes have one to close?"""
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(rows, length, generator=draw).argsort(dim=1) % 2
    depth = (1 - 2 * x).cumsum(dim=1)
    # Read from behind its deepest place on, any of these texts closes well: every other one is turned so.
    start = torch.where(torch.arange(rows) % 2 == 0, depth.argmin(dim=1) + 1, 0)
    x = x.gather(1, (start[:, None] + torch.arange(length)) % length)
    return x, ((1 - 2 * x).cumsum(dim=1).amin(dim=1) >= 0).long()


def copies(rows, symbols, length, seed):
    """Symbols, and as many blanks (0) as there are of them: give nothing at first, then what was read."""
    draw = torch.Generator().manual_seed(seed)
    text = torch.randint(1, symbols + 1, (rows, length), generator=draw)
    blank = torch.zeros_like(text)
    return torch.cat([text, blank], dim=1), torch.cat([blank, text], dim=1)


def sine(rows, length, noise, seed):
    """Waves of different lengths, each from a place of its own: what comes next?"""
    draw = torch.Generator().manual_seed(seed)
    speed = 0.2 + 0.6 * torch.rand(rows, 1, generator=draw)
    wave = (2 * math.pi * torch.rand(rows, 1, generator=draw) + speed * torch.arange(length + 1)).sin()
    x = wave[:, :-1] + noise * torch.randn(rows, length, generator=draw)
    return x[:, :, None], wave[:, -1:]


def from_sklearn(name, divided_by=1):
    """One of the sets of data that scikit-learn brings along."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    y = torch.tensor(found.target)
    y = y.float()[:, None] if y.is_floating_point() else y.long()
    return torch.tensor(found.data, dtype=torch.float32) / divided_by, y


def read_table(content, sha256, encoding, delimiter, decimal, target, by_class, numbers, categories, missing, absent):
    """The bytes of a CSV file as x and y, with the names of their columns and classes: a column for each word of a category."""
    import hashlib
    import io

    import pandas

    if hashlib.sha256(content).hexdigest() != sha256:
        raise SystemExit("This is another file than the one that was trained on.")
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    table = pandas.read_csv(
        io.BytesIO(content),
        sep=delimiter,
        encoding=encoding,
        dtype=object,
        keep_default_na=False,
        skipinitialspace=True,
    )
    table = table.apply(lambda column: column.str.strip())
    table = table.where(~table.isin(list(absent)))
    table = table[table[target].notna()]

    def as_number(name):
        return pandas.to_numeric(table[name].str.replace(decimal, "."), errors="coerce").astype("float64")

    parts = {name: as_number(name) for name in numbers}
    if missing == "median":
        parts = {name: part.fillna(part.median()) for name, part in parts.items()}
    for name in categories:
        for word in sorted(table[name].dropna().unique()):
            parts[f"{name} = {word}"] = (table[name] == word).astype("float64")
    if missing == "drop":
        table = table[table[list(numbers) + list(categories)].notna().all(axis=1)]
        parts = {name: part[table.index] for name, part in parts.items()}
    x = torch.tensor(pandas.DataFrame(parts).to_numpy(), dtype=torch.float32)
    if not by_class:
        return x, torch.tensor(as_number(target).to_numpy(), dtype=torch.float32)[:, None], list(parts), []
    classes = sorted(table[target].unique())
    return x, torch.tensor([classes.index(word) for word in table[target]]), list(parts), classes


def as_numbers(x):
    """Words as the numbers that they are."""
    return x.float()


def one_hot(x, words):
    """A vector for each word: 1 in its place, 0 elsewhere."""
    return functional.one_hot(x, words).float()


def split(y, share, seed, by_class=True):
    """The numbers of the rows to train on, and of those to validate with: the same share of each class."""
    draw = torch.Generator().manual_seed(seed)
    train, valid = [], []
    for rows in [(y == label).nonzero().flatten() for label in y.unique()] if by_class else [torch.arange(len(y))]:
        rows = rows[torch.randperm(len(rows), generator=draw)]
        kept = min(max(round(share * len(rows)), 1), len(rows) - 1)
        valid.append(rows[:kept])
        train.append(rows[kept:])
    return torch.cat(train).sort().values, torch.cat(valid).sort().values


def measures(x):
    """Mean and standard deviation of each column; 1 where all its numbers are the same."""
    std = x.double().std(dim=0, correction=0)
    return x.double().mean(dim=0).float(), torch.where(std > 0, std, 1.0).float()


def class_weights(y, classes):
    """A weight for each class, the larger the rarer it is; that of an average class is 1."""
    return len(y) / (classes * torch.bincount(y.flatten(), minlength=classes).clamp(min=1))


def odds_weight(y):
    """How much a yes has to count, so that all of them count as much as every no."""
    return ((y == 0).sum() / (y == 1).sum().clamp(min=1)).reshape(1)


def each_step(loss):
    """The loss of a sequence that has an answer at each of its steps."""
    return lambda outputs, y: loss(outputs.flatten(0, 1), y.flatten())


def accuracy(outputs, y):
    """The share of right answers."""
    return (outputs.argmax(dim=-1) == y).double().mean().item()


def accuracy_of_one(outputs, y):
    """The share of right answers where one output says yes or no."""
    return ((outputs > 0) == (y > 0.5)).double().mean().item()


def r_squared(outputs, y):
    """The share of the differences between the answers that is explained: 1 is all, 0 what their mean explains."""
    left, all = (outputs - y).double().square().sum(), (y - y.mean()).double().square().sum()
    return (1 - left / all).item() if all > 0 else 0.0


def evaluate(model, loss_function, score, x, y):
    """Loss and score of rows that the network only looks at."""
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in x.split(500)])
        return loss_function(outputs, y).item(), score(outputs, y)


def smallest(losses):
    """The place of the first of the smallest losses."""
    return min(range(len(losses)), key=lambda n: losses[n] if losses[n] == losses[n] else math.inf)


def warm_up(step, steps):
    """Less than 1 at the first steps."""
    return min(1, (step + 1) / steps)


def in_steps(step, every, gamma):
    """gamma times as much after every so many steps."""
    return gamma ** (step // every)


def cosine(step, steps):
    """From 1 down to 0 along half a wave."""
    return (1 + math.cos(math.pi * min(step / steps, 1))) / 2


def as_column(y):
    """Classes 0 and 1 as numbers, one a row."""
    return y.float()[:, None]
