"""Words that stand in an order: low, medium, high."""

from __future__ import annotations

import re
from collections.abc import Iterable

# one scale a line, from low to high; a line that is indented goes on
SCALES = """
lowest, very low, extremely low, low, moderately low, medium low, medium, med, mid, moderate, normal, average,
    medium high, moderately high, high, very high, extremely high, highest, critical
none, trace, minimal, low, minor, mild, medium, moderate, major, severe, very severe, extreme, critical, fatal
xxs, xs, s, m, l, xl, xxl, 2xl, xxxl, 3xl, 4xl, 5xl
tiny, extra small, small, medium, large, extra large, huge
terrible, awful, very bad, very poor, bad, poor, below average, average, fair, ok, okay, satisfactory, acceptable,
    above average, good, very good, great, excellent, outstanding
never, almost never, rarely, seldom, occasionally, sometimes, often, frequently, usually, very often, almost always,
    always
strongly disagree, disagree, somewhat disagree, neutral, neither agree nor disagree, somewhat agree, agree, strongly
    agree
very dissatisfied, dissatisfied, neutral, satisfied, very satisfied
very unlikely, unlikely, neutral, likely, very likely
novice, beginner, elementary, basic, intermediate, advanced, proficient, expert, master
junior, mid, senior, lead, principal
basic, standard, plus, premium, enterprise, ultimate
bronze, silver, gold, platinum, diamond
first, second, third, fourth, fifth, sixth
1st, 2nd, 3rd, 4th, 5th, 6th, 7th, 8th, 9th, 10th
freezing, cold, cool, mild, warm, hot
very slow, slow, medium, normal, fast, very fast
easy, medium, moderate, hard, very hard, expert
debug, info, notice, warning, error, critical, fatal
primary, secondary, high school, some college, college, associate, bachelor, bachelors, master, masters,
    doctorate, phd
i, ii, iii, iv, v, vi, vii, viii
"""
_SCALES = tuple(tuple(scale.replace("\n   ", "").split(", ")) for scale in re.split(r"\n(?! )", SCALES.strip()))


def scale_of(values: Iterable[str]) -> tuple[str, ...] | None:
    """The words in their order, as they are known to stand; None if no scale has them all, or if they are too few: one,
    or two of one or two letters, which could mean anything.

    >>> scale_of(["High", "low", "LOW"])
    ('low', 'high')
    """
    words = {" ".join(value.lower().replace("_", " ").replace("-", " ").split()) for value in values}
    scale = next((scale for scale in _SCALES if words <= {*scale}), None)
    enough = len(words) > 2 or (len(words) == 2 and max(map(len, words)) > 2)
    return tuple(word for word in scale if word in words) if scale and enough else None
