"""Where a number lies on its slider, and how it is written."""

import math
from dataclasses import dataclass

from blendstudio.core.params import Knob

WIDE = 100  # a range that spans more than this has its small values spread out
DIGITS = 3  # significant digits of what a slider gives
SUFFIXES = {"k": 1e3, "m": 1e6, "g": 1e9}


@dataclass(frozen=True)
class KnobScale:
    """Value <-> place on the slider, 0..1. With a `unit` the place is a logarithm of (value - low) / unit + 1."""

    low: float
    high: float
    whole: bool
    unit: float = 0.0  # 0: the scale is even

    @classmethod
    def of(cls, knob: Knob, default: float) -> "KnobScale":
        """The scale for a number's knob: small values get more room above 0, and where the range is wide."""
        low, high, whole = knob.low, knob.high, isinstance(default, int)
        if low > 0:
            return cls(low, high, whole, low)
        smallest = 1.0 if whole else abs(default)
        if low < 0 or smallest == 0 or high <= WIDE * smallest:
            return cls(low, high, whole)
        return cls(low, high, whole, max(1.0, default / 10) if whole else default / 10)

    def place(self, value: float) -> float:
        """0..1 for a value; beyond the range it stays at the end."""
        inside = min(max(value, self.low), self.high)
        if self.unit:
            return math.log1p((inside - self.low) / self.unit) / math.log1p((self.high - self.low) / self.unit)
        return (inside - self.low) / (self.high - self.low)

    def value(self, place: float) -> float:
        """The value at a place, as round as the slider is exact."""
        place = min(max(place, 0.0), 1.0)
        if place in (0.0, 1.0):
            return self._kind(self.high if place else self.low)
        span = self.high - self.low
        if self.unit:
            value = self.low + self.unit * math.expm1(place * math.log1p(span / self.unit))
            return self._kind(float(f"{value:.{DIGITS}g}") if not self.whole or value >= 10**DIGITS else value)
        return self._kind(round(self.low + place * span, max(0, 2 - math.floor(math.log10(span)))))

    def stepped(self, value: float, share: float) -> float:
        """The value `share` of the slider further on; at least the smallest step there is."""
        place = self.place(value) + share
        there = self.value(place)
        if self.whole and there == value and 0 <= place <= 1:
            there = value + math.copysign(1, share)
        return self._kind(min(max(there, self.low), self.high))

    def _kind(self, value: float) -> float:
        return round(value) if self.whole else float(value)


def written(value: float) -> str:
    """A number in few signs: 2550000 is “2.55M”, 0.005 is “0.005”."""
    for suffix, size in reversed(SUFFIXES.items()):
        if abs(value) >= 10 * size or abs(value) >= size > 1e3:
            return f"{value / size:.4g}{'k' if suffix == 'k' else suffix.upper()}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def read(text: str) -> float:
    """The number that somebody typed: 2550000, 2.55e6, 2.55M, 10 k or 0,5. Raises ValueError."""
    plain = text.strip().lower().replace(",", ".").replace(" ", "").replace("_", "")
    size = SUFFIXES.get(plain[-1:], 1.0)
    number = float(plain[:-1] if size > 1 else plain) * size
    if not math.isfinite(number):
        raise ValueError(text)
    return number
