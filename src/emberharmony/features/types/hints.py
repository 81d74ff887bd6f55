"""What the name of a column hints at; a hint settles what the values leave open, and never overrules them."""

from __future__ import annotations

import re
from typing import Literal

Hint = Literal["identifier", "time", "count", "code", "scale"]

_LISTS: dict[Hint, str] = {
    "identifier": """id ids uuid guid pk fk sku isbn ean upc iban ssn imei serial hash token identifier key""",
    "time": """time date datetime timestamp ts epoch created updated modified deleted expires expiry birthday birthdate
        dob""",
    "count": """n count counts cnt qty quantity visits clicks views orders children items attempts purchases sessions
        errors logins bedrooms rooms siblings tickets likes followers retries failures hits calls messages""",
    "code": """zip zipcode postal postcode plz code class type category cat group cluster label status state gender sex
        region segment kind mode month weekday dow quarter channel department dept bucket fold branch""",
    "scale": """rating ratings stars star satisfaction likert level grade rank priority severity nps agreement quality
        stage tier pain difficulty importance likelihood""",
}
_WORDS: dict[Hint, frozenset[str]] = {hint: frozenset(words.split()) for hint, words in _LISTS.items()}
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


def hints_of(name: str) -> frozenset[Hint]:
    """The hints in a name: `user_id` and `userId` hint at an identifier, `created_at` at a time.

    >>> sorted(hints_of("createdAt")), sorted(hints_of("paid")), sorted(hints_of("order_no"))
    (['time'], [], ['identifier'])
    """
    words = [word.lower() for word in _PARTS.findall(name)]
    hints: set[Hint] = set()
    for hint, known in _WORDS.items():
        if known.intersection(words):
            hints.add(hint)
    if len(words) > 1:
        first, last = words[0], words[-1]
        if last in {"at", "on"}:
            hints.add("time")
        if last in {"no", "nr", "number", "num"}:
            hints.add("identifier")
        if first in {"num", "nb", "nr"} or words[:2] == ["number", "of"]:
            hints.discard("identifier")
            hints.add("count")
    return frozenset(hints)
