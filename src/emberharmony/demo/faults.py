"""What can go wrong with a sensor, how much of it, where it is put, and what it does to the readings.

With a the amplitude, s the sigma of the sensor's noise, d = +1 or -1 the direction, and p from 0 to 1 the share of the
stretch that has passed, a reading y becomes

    spike        y + d a s at every fourth reading on average, each by a throw of its own; the others stay
    offset       y + d a s
    ramp         y + d a s p
    stuck        the nearest multiple of a step of sqrt(12) a s: an error of a s (rms) where the signal moves
    noise        y + a s z, z normal, a new one for each reading
    oscillation  y + d a s sin(2 pi 6 p): six swings
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.ops.random import Key

SPIKE_SHARE = 0.25
SWINGS = 6


@dataclass(frozen=True)
class Fault:
    """One sensor of one machine, wrong from the row `first` up to, and not with, the row `last`."""

    machine: int
    sensor: int
    kind: str
    amplitude: float
    direction: int  # 0 where a kind has none
    first: int
    last: int


Change = Callable[[Any, Any, float, int, Key], Any]  # (readings, p, a s, d, key) -> readings


def _spike(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    struck = ops.random.uniform(key, y.shape, "float64") < SPIKE_SHARE
    return y + ops.where(struck, direction * height, 0.0)


def _offset(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    return y + direction * height


def _ramp(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    return y + direction * height * p


def _stuck(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    step = math.sqrt(12) * height
    return ops.round(y / step) * step


def _noise(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    return y + height * ops.random.normal(key, y.shape, "float64")


def _oscillation(y: Any, p: Any, height: float, direction: int, key: Key) -> Any:
    return y + direction * height * ops.sin((2 * math.pi * SWINGS) * p)


EFFECTS: dict[str, Change] = {
    "spike": _spike,
    "offset": _offset,
    "ramp": _ramp,
    "stuck": _stuck,
    "noise": _noise,
    "oscillation": _oscillation,
}
DIRECTED = frozenset({"spike", "offset", "ramp", "oscillation"})
KINDS = tuple(EFFECTS)
AMPLITUDES = (4.0, 2.0, 1.0, 0.5)  # the order in which they are dealt: a plant with room for few gets the clear ones


def hand(card: int, sensors: int) -> tuple[str, float, int]:
    """Kind, amplitude and sensor of a card: any first n cards hold each kind at each amplitude equally often, within
    one; likewise each sensor, and each kind at each amplitude on each sensor where `sensors` divides their 24.

    >>> [hand(card, 8) for card in (0, 1, 24)]
    [('spike', 4.0, 0), ('offset', 4.0, 1), ('spike', 4.0, 1)]
    """
    lap, place = divmod(card, len(KINDS) * len(AMPLITUDES))
    return KINDS[place % len(KINDS)], AMPLITUDES[place // len(KINDS)], (place + lap) % sensors


def deal(key: Key, slots: Sequence[tuple[int, int]], length: int, sensors: int) -> list[Fault]:
    """One fault into each slot (machine, first row), all slots `length` rows long, the cards in a random order.

    A fault takes 0.1 to 0.3 of its slot and keeps 0.1 away from either end, so 0.2 or more lie between any two.
    """
    if not slots:
        return []
    order, place = ops.random.split(key)
    cards = ops.random.permutation(order, len(slots)).tolist()
    throws = ops.random.uniform(place, (len(slots), 3), "float64").tolist()
    faults: list[Fault] = []
    for (machine, start), card, (size, room, side) in zip(slots, cards, throws, strict=True):
        kind, amplitude, sensor = hand(card, sensors)
        rows = round(length * (0.1 + 0.2 * size))
        first = start + round(0.1 * length + room * (0.8 * length - rows))
        direction = (1 if side < 0.5 else -1) if kind in DIRECTED else 0
        faults.append(Fault(machine, sensor, kind, amplitude, direction, first, first + rows))
    return faults
