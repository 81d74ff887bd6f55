"""A table of several hundred labelled columns, made by generators: odd names, nulls, noise, many notations.

Each line of COLUMNS is an expected type, names, and a function from a random generator and a row to a value. A column
is made for each name: the first without nulls, the next ones with some, and texts also with marks of what is missing.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

ROWS = 1500

Make = Callable[[random.Random, int], Any]


class Labelled(NamedTuple):
    name: str
    expected: str
    values: pa.Array


def pick(*options: Any, weights: list[float] | None = None) -> Make:
    return lambda r, i: r.choices(options, weights)[0]


def word(r: random.Random, least: int = 4, most: int = 9) -> str:
    return "".join(r.choices(string.ascii_lowercase, k=r.randint(least, most)))


def vocabulary(seed: int, size: int) -> list[str]:
    r = random.Random(seed)
    return [word(r) for _ in range(size)]


WORDS = vocabulary(1, 400)
PEOPLE = [x.title() for x in vocabulary(2, 900)]
CITIES = [x.title() for x in vocabulary(3, 120)]
LONG = [" ".join(vocabulary(100 + i, 4)) for i in range(30)]  # names of categories may be long


def poisson(mean: float) -> Make:
    def make(r: random.Random, i: int) -> int:
        total, count = r.expovariate(1), 0
        while total < mean:
            total, count = total + r.expovariate(1), count + 1
        return count

    return make


def sentence(least: int, most: int) -> Make:
    return lambda r, i: " ".join(r.choices(WORDS, k=r.randint(least, most))).capitalize() + "."


def moment(r: random.Random) -> dt.datetime:
    return dt.datetime(2015, 1, 1) + dt.timedelta(seconds=r.randrange(300_000_000))


def written(form: str) -> Make:
    return lambda r, i: moment(r).strftime(form)


def epoch(scale: int) -> Make:
    return lambda r, i: int(moment(r).timestamp() * scale) + r.randrange(scale)


def code(form: str) -> Make:
    """`#` is a digit, `@` a letter, `x` a hexadecimal digit."""
    kinds = {"#": string.digits, "@": string.ascii_uppercase, "x": "0123456789abcdef"}
    return lambda r, i: "".join(r.choice(kinds[c]) if c in kinds else c for c in form)


def some(make: Make, count: int, seed: int) -> Make:
    """Values that repeat: `count` different ones."""
    r = random.Random(seed)
    return pick(*[make(r, i) for i in range(count)])


def zipf(options: list[Any]) -> Make:
    return pick(*options, weights=[1 / (i + 1) for i in range(len(options))])


def point(r: random.Random) -> tuple[float, float]:
    return round(r.uniform(-90, 90), 5), round(r.uniform(-180, 180), 5)


COLUMNS: list[tuple[str, list[str], Make]] = [
    # -- two states --
    ("boolean", ["is_active", "flag", "x1", "Churned?"], pick(0, 1)),
    ("boolean", ["has_car", "rare event", "b"], pick(0, 1, weights=[97, 3])),
    ("boolean", ["paid", "q_7", "Zustimmung"], pick("yes", "no")),
    ("boolean", ["smoker", "YN", "opt-in"], pick("Y", "N")),
    ("boolean", ["default", "tf", "is.valid"], pick("True", "False")),
    ("boolean", ["mixed case", "answered"], pick("Yes", "no", "YES", "No")),
    ("boolean", ["switch", "alarm"], pick("on", "off")),
    ("boolean", ["verified", "native bool"], pick(True, False)),
    ("boolean", ["as_float", "target"], pick(0.0, 1.0)),
    ("boolean", ["text 01", "won"], pick("0", "1")),
    ("boolean", ["sign", "direction"], pick(-1, 1)),
    # -- numbers --
    ("continuous", ["price", "x", "Größe", "weight (kg)"], lambda r, i: r.lognormvariate(3, 1)),
    ("continuous", ["temperature", "z-score", "col_12"], lambda r, i: r.gauss(0, 1)),
    ("continuous", ["rounded price", "fee", "amount_eur"], lambda r, i: round(r.uniform(1, 500), 2)),
    ("continuous", ["ratio", "p", "share"], lambda r, i: r.random()),
    ("continuous", ["latitude", "lat"], lambda r, i: point(r)[0]),
    ("continuous", ["half full", "hours_slept"], lambda r, i: r.randint(8, 40) / 4),
    ("continuous", ["sensor", "loss"], lambda r, i: float("nan") if r.random() < 0.1 else r.gauss(5, 2)),
    ("continuous", ["with inf", "log_p"], lambda r, i: float("-inf") if r.random() < 0.02 else r.gauss(-5, 2)),
    ("continuous", ["total", "decimal_19_2"], lambda r, i: decimal.Decimal(r.randrange(10**7)) / 100),
    ("continuous", ["text price", "bmi", "Wert"], lambda r, i: f"{r.uniform(1, 500):.2f}"),
    ("continuous", ["text_sci", "conc"], lambda r, i: f"{r.lognormvariate(0, 9):.3e}"),
    ("continuous", ["usd", "salary"], lambda r, i: f"${r.randrange(10**6) / 100:,.2f}"),
    ("continuous", ["percent", "growth"], lambda r, i: f"{r.uniform(-20, 20):.1f}%"),
    ("continuous", ["preis", "comma decimal"], lambda r, i: f"{r.uniform(1, 99):.2f}".replace(".", ",")),
    ("continuous", ["mostly whole", "tip"], lambda r, i: r.randint(1, 50) + (0.5 if r.random() < 0.1 else 0.0)),
    ("integer", ["age", "years old", "v3"], lambda r, i: r.randint(18, 95)),
    ("integer", ["balance", "delta", "temp_c"], lambda r, i: int(r.gauss(0, 500))),
    ("integer", ["year", "model_year"], lambda r, i: r.randint(1980, 2024)),
    ("integer", ["height_cm", "bp"], lambda r, i: int(r.gauss(170, 10))),
    ("integer", ["price_cents", "volume"], lambda r, i: r.randint(100, 99_999)),
    ("integer", ["age_float", "nullable int"], lambda r, i: float(r.randint(18, 95))),
    ("integer", ["text age", "Jahre"], lambda r, i: str(r.randint(18, 95))),
    ("integer", ["score", "points"], lambda r, i: r.randint(200, 800)),
    ("integer", ["huge", "nanos_elapsed"], lambda r, i: -(2**62) + r.randrange(2**61)),
    ("integer", ["elevation", "net"], lambda r, i: r.randint(-400, 8000)),
    ("count", ["n_orders", "visits", "clicks"], poisson(3)),
    ("count", ["num_children", "siblings"], poisson(0.8)),
    ("count", ["items", "qty"], poisson(20)),
    ("count", ["unknown_7", "events"], poisson(2)),
    ("count", ["text count", "logins"], lambda r, i: str(poisson(4)(r, i))),
    ("count", ["float_count", "likes"], lambda r, i: float(int(r.expovariate(0.05)))),
    ("count", ["page views", "tail"], lambda r, i: int(r.paretovariate(1.2)) - 1),
    # -- steps --
    ("ordinal", ["rating", "stars", "Q1"], lambda r, i: r.randint(1, 5)),
    ("ordinal", ["satisfaction", "pain level"], lambda r, i: r.randint(0, 10)),
    ("ordinal", ["nps", "importance"], pick(*range(11), weights=[1, 1, 1, 1, 2, 3, 5, 8, 12, 9, 6])),
    ("ordinal", ["likert_3", "agreement"], pick(1, 2, 3, 4, 5, 6, 7, weights=[1, 2, 4, 6, 5, 3, 2])),
    ("ordinal", ["half stars", "rating_avg"][1:], lambda r, i: r.randint(2, 10) / 2),
    ("ordinal", ["risk", "prio", "Level"], pick("low", "medium", "high")),
    ("ordinal", ["size", "t-shirt"], pick("S", "M", "L", "XL")),
    ("ordinal", ["condition", "food"], pick("poor", "fair", "good", "excellent")),
    ("ordinal", ["how often", "usage"], pick("never", "rarely", "sometimes", "often", "always")),
    ("ordinal", ["q12", "opinion"], pick("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")),
    ("ordinal", ["age group", "bracket"], pick("18-25", "26-35", "36-50", "51-65", "65+")),
    ("ordinal", ["card", "membership"], pick("bronze", "silver", "gold")),
    ("ordinal", ["severity", "log"], pick("debug", "info", "warning", "error")),
    ("ordinal", ["skill", "exp"], pick("beginner", "intermediate", "advanced")),
    # -- categories --
    ("categorical", ["color", "c", "Farbe"], pick("red", "green", "blue", "black")),
    ("categorical", ["sex", "g"], pick("male", "female")),
    ("categorical", ["city", "place of birth"], zipf(CITIES)),
    ("categorical", ["country", "origin"], zipf(["DE", "US", "FR", "IT", "PL", "JP", "BR"])),
    ("categorical", ["programme", "faculty"], pick(*LONG)),
    ("categorical", ["weekday", "tag"], pick("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")),
    ("categorical", ["zip", "plz"], some(code("0####"), 60, 5)),
    ("categorical", ["area_code", "icd"], some(code("@##.#"), 80, 6)),
    ("categorical", ["store_id", "branch id"], lambda r, i: r.randint(1, 25)),
    ("categorical", ["cluster", "class", "region code"], lambda r, i: r.randint(1, 12)),
    ("categorical", ["month", "dow"], lambda r, i: r.randint(1, 12)),
    ("categorical", ["grp", "which"], pick(1, 2)),
    ("categorical", ["browser", "Device Type"], zipf(["chrome", "safari", "firefox", "edge"])),
    ("categorical", ["letter", "grade letter"][:1], pick(*"ABCDEFGH")),
    ("categorical", ["first_name", "surname"], zipf(PEOPLE[:300])),
    ("categorical", ["mixed", "answer"], pick("12", "many", "none at all", "3", "few", "a lot")),
    ("categorical", ["yes_no_maybe", "rsvp"], pick("yes", "no", "maybe")),
    ("categorical", ["version", "build"], pick("1.0.1", "1.2.0", "2.0.0", "2.1.3")),
    ("categorical", ["unicode", "都市"], pick("東京", "大阪", "京都", "名古屋")),
    ("categorical", ["status", "HTTP status"], pick(200, 301, 404, 500)),
    # -- one thing each --
    ("identifier", ["id", "user_id", "Kunden-ID"], lambda r, i: i + 1),
    ("identifier", ["row", "a0"], lambda r, i: 10_000 + i),
    ("identifier", ["customerId", "account_no"], lambda r, i: r.randrange(10**8)),
    ("identifier", ["uuid", "request"], lambda r, i: str(uuid.UUID(int=r.getrandbits(128)))),
    ("identifier", ["sha", "md5"], code("x" * 32)),
    ("identifier", ["sku", "part"], lambda r, i: f"SKU-{r.randrange(10**7):07d}"),
    ("identifier", ["order", "ticket"], lambda r, i: f"ORD{100000 + i}"),
    ("identifier", ["email", "contact"], lambda r, i: f"{word(r)}.{word(r)}{i}@example.org"),
    ("identifier", ["url", "link"], lambda r, i: f"https://example.org/{word(r)}/{i}"),
    ("identifier", ["ip", "host"], lambda r, i: ".".join(str(r.randrange(256)) for _ in range(4))),
    ("identifier", ["phone", "tel"], code("+49151########")),
    ("identifier", ["code", "serial"], code("0########")),
    ("identifier", ["hash64", "fingerprint"], lambda r, i: r.randrange(2**62, 2**63)),
    ("identifier", ["iban", "konto"], code("DE####################")),
    ("identifier", ["text id", "member_number"], lambda r, i: str(500_000 + r.randrange(400_000) * 7)),
    ("identifier", ["username", "handle"], lambda r, i: f"{word(r)}_{r.randrange(1000)}"),
    # -- time --
    ("datetime", ["date", "d1", "Geburtstag"], written("%Y-%m-%d")),
    ("datetime", ["us date", "shipped"], written("%m/%d/%Y")),
    ("datetime", ["de_date", "Datum"], written("%d.%m.%Y")),
    ("datetime", ["created_at", "iso"], written("%Y-%m-%dT%H:%M:%SZ")),
    ("datetime", ["timestamp", "when"], written("%Y-%m-%d %H:%M:%S.%f")),
    ("datetime", ["rfc", "sent"], written("%a, %d %b %Y %H:%M:%S GMT")),
    ("datetime", ["named month", "signed"], written("%d %B %Y")),
    ("datetime", ["offset", "logged"], written("%Y-%m-%dT%H:%M:%S+0100")),
    ("datetime", ["ampm", "visited on"], written("%m/%d/%Y %I:%M %p")),
    ("datetime", ["compact", "ymd"], lambda r, i: int(moment(r).strftime("%Y%m%d"))),
    ("datetime", ["compact text", "dt"], written("%Y%m%d")),
    ("datetime", ["epoch", "updated_at"], epoch(1)),
    ("datetime", ["event_time_ms", "ts"], epoch(1000)),
    ("datetime", ["time_us", "modified"], epoch(10**6)),
    ("datetime", ["seconds since", "t0"], epoch(1)),
    ("datetime", ["unix_time", "epoch_float"], lambda r, i: moment(r).timestamp() + r.random()),
    ("datetime", ["native", "at"], lambda r, i: moment(r)),
    ("datetime", ["native date", "day"], lambda r, i: moment(r).date()),
    ("duration", ["elapsed", "lap"], lambda r, i: dt.timedelta(seconds=r.randrange(10**5))),
    ("duration", ["iso duration", "video"], lambda r, i: f"PT{r.randrange(1, 24)}H{r.randrange(60)}M"),
    ("duration", ["took", "delay"], lambda r, i: f"{r.randrange(1, 9)}h {r.randrange(60)}m"),
    (
        "duration",
        ["pandas", "gap"],
        lambda r, i: f"{r.randrange(99)} days {r.randrange(24):02}:{r.randrange(60):02}:00",
    ),
    ("duration", ["opens", "start"], lambda r, i: f"{r.randrange(24):02}:{r.randrange(60):02}"),
    ("duration", ["time of day", "hms"], lambda r, i: dt.time(r.randrange(24), r.randrange(60))),
    # -- prose, shapes, cells that hold more than one value --
    ("text", ["comment", "review", "Beschreibung"], sentence(8, 40)),
    ("text", ["title", "headline"], sentence(4, 7)),
    ("text", ["name", "full name"], lambda r, i: f"{r.choice(PEOPLE)} {r.choice(PEOPLE)}"),
    (
        "text",
        ["address", "street"],
        lambda r, i: f"{r.randrange(1, 200)} {r.choice(CITIES)} Street, {r.choice(CITIES)}",
    ),
    ("text", ["payload", "json"], lambda r, i: json.dumps({"a": r.random(), "b": word(r)})),
    ("text", ["long", "body"], sentence(60, 90)),
    ("geo", ["wkt", "geom"], lambda r, i: "POINT ({} {})".format(*point(r))),
    ("geo", ["geojson", "shape"], lambda r, i: json.dumps({"type": "Point", "coordinates": point(r)})),
    ("geo", ["latlon", "position"], lambda r, i: "{}, {}".format(*point(r))),
    ("geo", ["place", "location"], lambda r, i: dict(zip(["lat", "lon"], point(r), strict=True))),
    ("list", ["tags", "embedding"], lambda r, i: [r.random() for _ in range(r.randrange(4))]),
    ("list", ["words", "basket"], lambda r, i: r.sample(WORDS, r.randrange(4))),
    ("struct", ["record", "meta"], lambda r, i: {"a": r.randrange(9), "b": word(r)}),
    ("binary", ["blob", "thumbnail"], lambda r, i: r.randbytes(r.randrange(4, 40))),
    # -- nothing to learn from --
    ("constant", ["version_tag", "k"], pick("v1")),
    ("constant", ["zero", "unit"], pick(0)),
    ("constant", ["const_f", "scale"], pick(2.5)),
    ("empty", ["nothing", "deprecated"], pick(None)),
    ("empty", ["blank", "notes_old"], pick("", " ", "N/A")),
]

# Columns as they are in tables that many people know, and some that are hard to tell: not all of them are told right.
HARD: list[tuple[str, list[str], Make]] = [
    ("identifier", ["PassengerId"], lambda r, i: i + 1),
    ("boolean", ["Survived"], pick(0, 1)),
    ("ordinal", ["Pclass"], pick(1, 2, 3, weights=[2, 2, 5])),
    ("count", ["SibSp", "Parch"], poisson(0.5)),
    ("continuous", ["Fare"], lambda r, i: round(r.lognormvariate(3, 1), 4)),
    ("categorical", ["Embarked"], pick("S", "C", "Q", weights=[7, 2, 1])),
    ("text", ["Name"], lambda r, i: f"{r.choice(PEOPLE)}, Mr. {r.choice(PEOPLE)} {r.choice(PEOPLE)}"),
    ("continuous", ["sepal length (cm)"], lambda r, i: round(r.gauss(5.8, 0.8), 1)),
    ("categorical", ["species"], pick("setosa", "versicolor", "virginica")),
    ("categorical", ["workclass", "marital-status"], pick("Private", "Self-emp-not-inc", "Local-gov", "?")),
    ("ordinal", ["education-num"], lambda r, i: min(16, max(1, int(r.gauss(10, 2.5))))),
    ("integer", ["hours-per-week"], lambda r, i: min(99, max(1, int(r.gauss(40, 12))))),
    ("integer", ["capital-gain"], lambda r, i: 0 if r.random() < 0.9 else r.randrange(100, 99_999)),
    ("boolean", ["income"], pick("<=50K", ">50K")),
    ("categorical", ["VendorID", "payment_type"], pick(1, 2, 4)),
    ("datetime", ["tpep_pickup_datetime"], written("%Y-%m-%d %H:%M:%S")),
    ("count", ["passenger_count"], pick(1, 2, 3, 4, 5, 6, weights=[70, 15, 5, 3, 4, 3])),
    ("boolean", ["store_and_fwd_flag"], pick("Y", "N", weights=[1, 99])),
    ("categorical", ["PULocationID"], lambda r, i: r.randint(1, 265)),
    ("ordinal", ["education"], pick("High school", "Bachelor", "Master", "PhD")),
    ("ordinal", ["grade"], pick("A", "B", "C", "D", "F")),
    ("ordinal", ["rank"], lambda r, i: r.randint(1, 1500)),
    ("ordinal", ["dice"], lambda r, i: r.randint(1, 6)),
    ("count", ["heads"], lambda r, i: sum(r.random() < 0.5 for _ in range(4))),
    ("integer", ["humidity", "percent"], lambda r, i: r.randint(0, 100)),
    ("integer", ["revenue", "population"], lambda r, i: r.randrange(10**7)),
    ("identifier", ["customer_id"], lambda r, i: float(r.randrange(10**6))),
    ("identifier", ["customer"], some(code("C######"), 1200, 9)),
    ("identifier", ["phone number", "Tel."], lambda r, i: f"({r.randrange(200, 999)}) 555-{r.randrange(10**4):04d}"),
    ("continuous", ["weight", "dose"], lambda r, i: f"{r.uniform(40, 99):.1f} kg"),
    ("continuous", ["noisy"], lambda r, i: "?!" if r.random() < 0.03 else f"{r.gauss(0, 1):.3f}"),
    ("integer", ["typed in", "Alter"], lambda r, i: "3o" if r.random() < 0.03 else str(r.randint(18, 95))),
    ("datetime", ["day of visit"], lambda r, i: "unknown" if r.random() < 0.04 else moment(r).strftime("%d/%m/%Y")),
    ("datetime", ["quarter"], lambda r, i: f"{r.randint(2000, 2020)}-Q{r.randint(1, 4)}"),
    ("datetime", ["day number"], lambda r, i: int(moment(r).timestamp()) // 86_400 * 86_400),
    ("datetime", ["Monat"], written("%Y-%m")),
    ("list", ["genres", "keywords"], lambda r, i: ",".join(r.sample(WORDS[:40], r.randint(1, 4)))),
    ("boolean", ["inactive", "state"], pick("active", "inactive")),
    ("categorical", ["author"], zipf([f"{a} {b}" for a, b in zip(PEOPLE[:200], PEOPLE[200:400], strict=True)])),
    ("categorical", ["product"], zipf([f"{a} {b} {i}" for i, (a, b) in enumerate(zip(WORDS, CITIES, strict=False))])),
    ("categorical", ["month"], written("%B")),
    ("continuous", ["all whole prices"], lambda r, i: float(r.randrange(1, 200))),
    ("text", ["question", "q"], lambda r, i: " ".join(r.choices(WORDS, k=r.randint(2, 4))) + "?"),
    ("count", ["days_since"], lambda r, i: int(r.expovariate(0.01))),
    ("ordinal", ["floor"], pick("1st", "2nd", "3rd", "4th")),
    ("duration", ["duration_s", "runtime"], lambda r, i: f"{r.randrange(500)} ms"),
    ("geo", ["polygon"], lambda r, i: "POLYGON (({0} {1}, {1} {0}, 0 0, {0} {1}))".format(*point(r))),
]


def columns(of: list[tuple[str, list[str], Make]]) -> list[Labelled]:
    """The same columns whenever they are asked for; they are made once."""
    return _made(of is HARD)


@cache
def _made(hard: bool) -> list[Labelled]:
    return list(_making(HARD if hard else COLUMNS))


def _making(of: list[tuple[str, list[str], Make]]) -> Iterator[Labelled]:
    number = 0
    for expected, names, make in of:
        for place, name in enumerate(names):
            number += 1
            r = random.Random(number)
            gaps = (0.0, 0.05, 0.3, 0.6)[place % 4]
            values = [make(r, i) for i in range(ROWS)]
            mark = r.choice(["", "N/A", "-"]) if isinstance(values[0], str) and expected != "constant" else None
            values = [r.choice([None, mark]) if r.random() < gaps else value for value in values]
            yield Labelled(name, expected, pa.array(values))
