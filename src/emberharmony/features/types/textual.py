"""Texts: what they can be read as, whether they repeat, and whether they are prose."""

from __future__ import annotations

from .evidence import Evidence
from .hints import Hint
from .numeric import Numbers, decide_numbers
from .scales import scale_of
from .semantic import Decision, Type, described, examples, is_unique, seen_before

MOST = 0.95  # of the texts must be readable as what the column then is; the others are noise
PAIRS = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"})
NEGATIONS = ("in", "un", "non", "non-", "not ", "not_", "no ", "no_")
# what says that nothing is known, but for "none", which is a step of some scales
MARKS = {"", "na", "n/a", "nan", "null", "missing", "-", "--", "?"}
GRADES = {letter + sign for letter in "abcdef" for sign in ("", "+", "-")}
_NAMES: dict[str, tuple[str, float]] = {
    "uuid": ("UUIDs", 0.98),
    "digest": ("hexadecimal digests", 0.95),
    "email": ("addresses of mail", 0.9),
    "url": ("addresses of the web", 0.8),
    "address": ("addresses of machines", 0.8),
}


def decide_texts(evidence: Evidence, hints: frozenset[Hint], share: float, count: int) -> Decision:
    """The type of a column of texts that are not all the same; `count` leaves out what is blank or says "unknown"."""
    found = (
        _two_states(evidence, count)
        or _opposites(evidence)
        or _readable(evidence, count)
        or _digits(evidence, hints, share, count)
        or _ordered(evidence, hints, count)
        or _names(evidence, count)
        or _words(evidence, hints, count)
    )
    if evidence.arrow.startswith("dictionary") and found.type in {"text", "identifier"}:
        return Decision("categorical", 0.8, f"{described(evidence)}; the column is declared as categories")
    return found


def _share(evidence: Evidence, count: int, *kinds: str) -> float:
    return evidence.kind(*kinds) / count


def _percent(share: float) -> str:
    return "all" if share == 1 else f"{min(share, 0.999):.1%} of all"


def _two_states(evidence: Evidence, count: int) -> Decision | None:
    if evidence.kind("boolean") < count or not any(pair <= _meanings(evidence) for pair in PAIRS):
        return None
    return Decision("boolean", 0.95, described(evidence))


def _opposites(evidence: Evidence) -> Decision | None:
    """Two words of which one denies the other: active and inactive."""
    words = sorted(_meanings(evidence), key=len)
    if len(words) != 2 or not any(words[1] == before + words[0] for before in NEGATIONS):
        return None
    return Decision("boolean", 0.8, described(evidence))


def _meanings(evidence: Evidence) -> set[str]:
    """The values without case and spaces, but for those that say that nothing is known."""
    return {str(value).strip().lower() for value in evidence.values or ()} - MARKS


def _readable(evidence: Evidence, count: int) -> Decision | None:
    readings: list[tuple[Type, float, tuple[str, ...], str]] = [
        ("geo", 0.95, ("geometry",), "geometry"),
        ("datetime", 0.97, ("date", "moment"), "dates or moments"),
        ("duration", 0.85, ("time",), "times of day"),
        ("duration", 0.93, ("time", "duration"), "durations"),
        ("text", 0.8, ("document",), "JSON documents"),
    ]
    for kind, sure, kinds, what in readings:
        part = _share(evidence, count, *kinds)
        if part >= MOST:
            return Decision(kind, sure * part, f"{_percent(part)} texts are {what}{_such_as(evidence)}")
    return None


def _such_as(evidence: Evidence) -> str:
    return f", such as {examples(evidence, 1).removesuffix(', ...')}" if evidence.values else ""


def _digits(evidence: Evidence, hints: frozenset[Hint], share: float, count: int) -> Decision | None:
    zeros = evidence.kind("leading_zero")
    if zeros and _share(evidence, count, "integer", "leading_zero", "huge") >= MOST:
        reason = f"{zeros / count:.1%} of the numbers begin with a zero, which a number would lose: codes"
        if is_unique(evidence.distinct, count) or ("identifier" in hints and evidence.values is None):
            return Decision("identifier", 0.85, reason)
        return Decision("categorical", 0.85, reason)
    part = _share(evidence, count, "integer", "huge", "decimal")
    if part < MOST:
        part = _share(evidence, count, "integer", "huge", "decimal", "amount")
        if part < MOST:
            return None
        reason = f"{_percent(part)} texts are numbers with units, or signs of money, percent or thousands, in them"
        return Decision("continuous", 0.75 * part, f"{reason}{_such_as(evidence)}")
    found = decide_numbers(Numbers.of(evidence, share, f"{_percent(part)} texts are numbers; "), hints)
    return found._replace(confidence=found.confidence * part * 0.97)


def _ordered(evidence: Evidence, hints: frozenset[Hint], count: int) -> Decision | None:
    if evidence.values is None or len(evidence.values) > 60:
        return None
    words = _meanings(evidence)
    if "scale" in hints and words <= GRADES:
        return Decision("ordinal", 0.8, f"letters from A to F, and the name speaks of a scale: {described(evidence)}")
    if scale := scale_of(words):
        return Decision("ordinal", 0.9, f"words that stand in an order: {', '.join(scale)}")
    if _share(evidence, count, "interval", "integer") >= MOST and evidence.kind("interval") * 2 >= count:
        return Decision("ordinal", 0.8, f"ranges of numbers: {examples(evidence)}")
    return None


def _names(evidence: Evidence, count: int) -> Decision | None:
    for kind, (what, sure) in _NAMES.items():
        part = _share(evidence, count, kind)
        open_ended = evidence.values is None or seen_before(evidence, count) < 0.5
        if part >= MOST and open_ended:
            return Decision("identifier", sure * part, f"{_percent(part)} texts are {what}: {described(evidence)}")
    return None


def _words(evidence: Evidence, hints: frozenset[Hint], count: int) -> Decision:
    words, length = evidence.words / evidence.present, evidence.length / evidence.present
    about = f"{described(evidence)}; {words:.1f} words each"
    numbers = _share(evidence, count, "integer", "huge", "decimal", "amount")
    if numbers > 0.05:
        about = f"{about}; {numbers:.0%} are numbers"
    if length > 100:
        return Decision("text", 0.9, about)
    if evidence.values is not None and seen_before(evidence, count) >= 0.5:
        return Decision("categorical", 0.95 if seen_before(evidence, count) >= 0.95 else 0.75, about)
    if words >= 3:
        return Decision("text", 0.9 if words >= 5 else 0.75, about)
    unique = is_unique(evidence.distinct, count)
    if "identifier" in hints or _share(evidence, count, "code", "huge", "integer", "uuid", "digest") >= 0.9:
        return Decision("identifier", 0.9 if unique else 0.7, about)
    if unique or evidence.values is not None:
        return Decision("text", 0.6, about) if words >= 1.5 else Decision("identifier", 0.5, about)
    return Decision("categorical", 0.6, about)
