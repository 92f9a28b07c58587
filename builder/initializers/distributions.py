"""The distributions that weights are drawn from, in closed form: mean, standard deviation, density, cumulative probability."""

from __future__ import annotations

from abc import ABC, abstractmethod
from ctypes import c_float
from dataclasses import dataclass
from math import copysign, erf, exp, inf, lgamma, log1p, pi, sqrt

# Of a bell's width: an interval so short cuts out a piece as good as flat, and the closed forms cancel out.
NARROW = 1e-2


class Distribution(ABC):
    """The distribution of one number. `atoms` are the values that have a probability of their own.

    `kurtosis` is the fourth central moment over the variance squared (the normal distribution's is 3); it says how far the
    standard deviation of a sample strays.
    """

    @property
    @abstractmethod
    def mean(self) -> float: ...

    @property
    @abstractmethod
    def std(self) -> float: ...

    @property
    @abstractmethod
    def kurtosis(self) -> float: ...

    @property
    def bounds(self) -> tuple[float, float]:
        """All numbers lie between these two."""
        return -inf, inf

    @property
    def atoms(self) -> dict[float, float]:
        return {}

    @property
    def fixed(self) -> bool:
        """Is nothing drawn?"""
        return False

    @abstractmethod
    def density(self, x: float) -> float:
        """The probability per unit of length at `x`, without the atoms."""

    @abstractmethod
    def cumulative(self, x: float) -> float:
        """The probability of a number that is at most `x`."""


@dataclass(frozen=True)
class Points(Distribution):
    """A few values, each with its probability."""

    masses: tuple[tuple[float, float], ...]
    drawn: bool = False

    @property
    def mean(self) -> float:
        return self._moment(1, 0.0)

    @property
    def std(self) -> float:
        return sqrt(self._moment(2, self.mean))

    @property
    def kurtosis(self) -> float:
        variance = self._moment(2, self.mean)
        return self._moment(4, self.mean) / variance**2 if variance else 1.0

    @property
    def bounds(self) -> tuple[float, float]:
        values = [value for value, _ in self.masses]
        return min(values), max(values)

    @property
    def atoms(self) -> dict[float, float]:
        return dict(self.masses)

    @property
    def fixed(self) -> bool:
        return not self.drawn

    def density(self, x: float) -> float:
        return 0.0

    def cumulative(self, x: float) -> float:
        return sum(share for value, share in self.masses if value <= x)

    def _moment(self, power: int, about: float) -> float:
        return sum(share * (value - about) ** power for value, share in self.masses)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every number between the bounds is as likely."""

    low: float
    high: float
    kurtosis = 9 / 5

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def std(self) -> float:
        return (self.high - self.low) / sqrt(12)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    def density(self, x: float) -> float:
        return 1 / (self.high - self.low) if self.low <= x <= self.high else 0.0

    def cumulative(self, x: float) -> float:
        return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Normal(Distribution):
    """Gauss's bell around `mean`; a part `zeros` of the numbers is exactly zero instead (then `mean` is 0)."""

    center: float
    width: float
    zeros: float = 0.0

    @property
    def mean(self) -> float:
        return self.center

    @property
    def std(self) -> float:
        return self.width * sqrt(1 - self.zeros)

    @property
    def kurtosis(self) -> float:
        return 3 / (1 - self.zeros)

    @property
    def atoms(self) -> dict[float, float]:
        return {0.0: self.zeros} if self.zeros else {}

    def density(self, x: float) -> float:
        return (1 - self.zeros) * _bell((x - self.center) / self.width) / self.width

    def cumulative(self, x: float) -> float:
        at_zero = self.zeros if x >= 0 else 0.0
        return at_zero + (1 - self.zeros) * (1 + erf((x - self.center) / self.width / sqrt(2))) / 2


@dataclass(frozen=True)
class TruncatedNormal(Distribution):
    """The bell around `center` of which only the piece between the bounds is left; the centre lies between them.

    The moments are those of Johnson, Kotz & Balakrishnan 1994, “Continuous Univariate Distributions” 1, 13.10.1.
    """

    center: float
    width: float
    low: float
    high: float

    @property
    def mean(self) -> float:
        return self.center + self.width * self._raw()[0]

    @property
    def std(self) -> float:
        first, second, *_ = self._raw()
        return self.width * sqrt(second - first**2)

    @property
    def kurtosis(self) -> float:
        first, second, third, fourth = self._raw()
        return (fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4) / (second - first**2) ** 2

    @property
    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def kept(self) -> float:
        """The part of the bell that lies between the bounds."""
        return (erf(self._standard(self.high) / sqrt(2)) - erf(self._standard(self.low) / sqrt(2))) / 2

    def density(self, x: float) -> float:
        return _bell(self._standard(x)) / self.width / self.kept if self.low <= x <= self.high else 0.0

    def cumulative(self, x: float) -> float:
        x = min(self.high, max(self.low, x))
        return (erf(self._standard(x) / sqrt(2)) - erf(self._standard(self.low) / sqrt(2))) / 2 / self.kept

    def _standard(self, x: float) -> float:
        return (x - self.center) / self.width

    def _raw(self) -> tuple[float, float, float, float]:
        """The first four moments about the centre, in widths of the bell."""
        low, high = self._standard(self.low), self._standard(self.high)
        moments = [0.0, 1.0]  # that of order −1 is multiplied by 0
        for order in range(4):
            edge = (high**order * _bell(high) - low**order * _bell(low)) / self.kept
            moments.append(order * moments[-2] - edge)
        return moments[2], moments[3], moments[4], moments[5]


@dataclass(frozen=True)
class Orthogonal(Distribution):
    """One entry of a random orthogonal matrix whose longer side is `side`, 2 or more, times `gain`.

    A column (or row) is a point on the unit sphere in `side` dimensions, every one as likely, so the density is
    proportional to (1 − (x / gain)²)^((side − 3) / 2) (Muirhead 1982, “Aspects of Multivariate Statistical Derivation”, 1.5).
    """

    gain: float
    side: int
    mean = 0.0

    @property
    def std(self) -> float:
        return self.gain / sqrt(self.side)

    @property
    def kurtosis(self) -> float:
        return 3 * self.side / (self.side + 2)

    @property
    def bounds(self) -> tuple[float, float]:
        return -self.gain, self.gain

    def density(self, x: float) -> float:
        square = (x / self.gain) ** 2
        if square >= 1:
            return 0.0
        power = (self.side - 3) / 2 * log1p(-square)
        return exp(lgamma(self.side / 2) - lgamma((self.side - 1) / 2) + power) / sqrt(pi) / self.gain

    def cumulative(self, x: float) -> float:
        from scipy.special import betainc  # here, for it takes as long to import as all that plans are made of

        # (x / gain)² follows the beta distribution with parameters 1/2 and (side − 1) / 2.
        share = float(betainc(1 / 2, (self.side - 1) / 2, min(1.0, (x / self.gain) ** 2)))
        return (1 + copysign(share, x)) / 2


def point(value: float) -> Points:
    """One number and no other, as a float32 keeps it."""
    return Points(((c_float(value).value, 1.0),))


def uniform(low: float, high: float) -> Distribution:
    """The uniform distribution between two bounds, which may be equal for a float32."""
    return Uniform(low, high) if c_float(low).value < c_float(high).value else point(low)


def normal(mean: float, std: float) -> Distribution:
    """The normal distribution; with `std` 0 only the mean is left."""
    return Normal(mean, std) if c_float(std).value else point(mean)


def truncated(mean: float, std: float, low: float, high: float) -> Distribution:
    """The normal distribution between two bounds with `mean` between them."""
    return uniform(low, high) if high - low < NARROW * std else TruncatedNormal(mean, std, low, high)


def sparse(zeros: float, std: float) -> Distribution:
    """A part `zeros` of the numbers is zero, the others are normal around it."""
    return Normal(0.0, std, zeros) if c_float(std).value and zeros < 1 else point(0.0)


def orthogonal(gain: float, side: int) -> Distribution:
    """One entry of a random orthogonal matrix with the longer side `side`, times `gain`, whose sign does not matter."""
    gain = abs(gain)
    if side == 1 and c_float(gain).value:
        return Points(((-c_float(gain).value, 1 / 2), (c_float(gain).value, 1 / 2)), drawn=True)
    return Orthogonal(gain, side) if c_float(gain).value else point(0.0)


def identity(rows: int, columns: int) -> Distribution:
    """The entries of an identity matrix: ones on the diagonal and zeros elsewhere."""
    return ones(1 / max(rows, columns))


def ones(share: float) -> Distribution:
    """So large a share of ones among zeros."""
    return Points(((0.0, 1 - share), (1.0, share))) if share < 1 else point(1.0)


def _bell(z: float) -> float:
    """The density of the standard normal distribution."""
    return exp(-z * z / 2) / sqrt(2 * pi)
