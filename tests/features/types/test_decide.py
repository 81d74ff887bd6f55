"""The rules by name: what each notation is, and what it must not become."""

from __future__ import annotations

import datetime as dt
import decimal
import random
import uuid

import pyarrow as pa
import pytest

from emberharmony.features.types import TYPES, Decision, Evidence, decide
from emberharmony.features.types.hints import hints_of
from emberharmony.features.types.scales import scale_of

R = random.Random(3)
DAYS = [dt.date(2015, 1, 1) + dt.timedelta(days=R.randrange(3000)) for _ in range(300)]
SECONDS = [1_400_000_000 + R.randrange(200_000_000) for _ in range(300)]


def told(values: list | pa.Array, name: str = "x", kind: pa.DataType | None = None) -> Decision:
    return decide(name, Evidence.of(values if isinstance(values, pa.Array) else pa.array(values, kind)))


@pytest.mark.parametrize(
    "values", [[0, 1], [0.0, 1.0], ["0", "1"], [True, False], [decimal.Decimal(0), decimal.Decimal(1)]]
)
@pytest.mark.parametrize("nulls", [0, 7])
def test_two_states_as_numbers_are_boolean(values, nulls):
    assert told(values * 50 + [None] * nulls).type == "boolean"


@pytest.mark.parametrize(
    "pair", ["yes no", "YES No", "y n", "true false", "T F", "on off", "active inactive", "married unmarried"]
)
def test_two_states_as_words_are_boolean(pair):
    assert told(pair.split() * 50).type == "boolean"
    assert told([*pair.split(), "N/A", None, ""] * 50).type == "boolean"


def test_a_third_answer_makes_a_category():
    assert told(["yes", "no", "maybe"] * 50).type == "categorical"


def test_the_reason_shows_what_was_seen():
    many = Evidence.of(pa.array(["yes", "no"] * 500))
    for _ in range(3):
        many = many.merge(many)
    assert decide("paid", many).reason == "2 distinct values among 8,000 rows: 'no', 'yes'"


@pytest.mark.parametrize("rows", [40, 4000])
def test_codes_with_leading_zeros_are_never_numbers(rows):
    repeated = [f"{R.randrange(30):05d}" for _ in range(rows)]
    unique = [f"{i:09d}" for i in range(rows)]
    assert told(repeated).type == "categorical"
    assert told(unique).type == "identifier"
    assert told([*["12345"] * rows, *["23456"] * rows, "01234"]).type == "categorical"


@pytest.mark.parametrize("ticks", [1, 10**3, 10**6, 10**9])
def test_moments_since_1970_are_known_in_every_unit(ticks):
    numbers = [second * ticks + R.randrange(ticks) for second in SECONDS]
    for values in (numbers, [str(number) for number in numbers], [*numbers, None, None]):
        named, unnamed = told(values, "created_at"), told(values, "x")
        assert (named.type, unnamed.type) == ("datetime", "datetime")
        assert named.confidence > unnamed.confidence
    assert told(numbers * 2, "x").type != "datetime"  # without a name, only if nearly all differ
    assert told(numbers, "user_id").type == "identifier"


@pytest.mark.parametrize("years", [(1950, 1980), (2101, 2200)])
def test_numbers_outside_of_1990_to_2100_are_no_moments(years):
    first, last = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in years)
    assert told([R.randrange(first, last) for _ in range(300)], "time").type != "datetime"


def test_days_written_as_one_number_are_known_by_their_calendar():
    numbers = [int(day.strftime("%Y%m%d")) for day in DAYS]
    assert told(numbers).type == told([str(number) for number in numbers]).type == "datetime"
    assert told([number + 50 for number in numbers]).type != "datetime"


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M"]
)
def test_texts_that_are_dates_are_datetime(form):
    texts = [day.strftime(form) for day in DAYS]
    assert told(texts).type == "datetime"
    assert told([*texts, *["later"] * 10]).type == "datetime"  # 3 % of noise
    assert told([*texts, *["later", "soon", "never"] * 20]).type != "datetime"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([decimal.Decimal(i) / 4 for i in range(9, 90)], "continuous"),
        ([decimal.Decimal(f"{i}.00") for i in range(9, 90)], "integer"),
        ([decimal.Decimal(10**30 + i) for i in range(500)], "identifier"),
        ([-decimal.Decimal(10**25), decimal.Decimal("0.5"), decimal.Decimal(3)], "continuous"),
    ],
)
def test_decimals_are_numbers(values, expected):
    assert told(values).type == expected


def test_huge_integers_are_whole_numbers_that_a_float_would_round():
    numbers = [R.randrange(2**55, 2**60) for _ in range(50)]
    assert told(numbers).type == "integer"
    assert "float" in told(numbers).reason
    assert told([R.randrange(2**62, 2**63) for _ in range(500)]).type == "identifier"
    assert told([str(10**25 + i) for i in range(500)]).type == "identifier"
    assert told([2**64 - 1, 5, 7, 9] * 9, kind=pa.uint64()).type == "integer"


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([[1, 2], [], None]), "list"),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), "list"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "list"),
        (pa.array([{"a": 1}, {"a": 2}]), "struct"),
        (pa.array([{"lat": 1.0, "lon": 2.0}]), "geo"),
        (pa.array([b"\x00", b"\x01\x02"]), "binary"),
        (pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]), "struct"),
    ],
)
def test_cells_that_hold_no_single_value_are_named_as_such(array, expected):
    assert told(array).type == expected


def test_geometry_is_known_in_words_and_in_bytes():
    points = [(R.uniform(-9, 9), R.uniform(-9, 9)) for _ in range(30)]
    assert told([f"POINT ({x} {y})" for x, y in points]).type == "geo"
    binary = [bytes([1, 1, 0, 0, 0, *R.randbytes(16)]) for _ in points]
    assert told(binary).type == "geo"
    assert told(binary, kind=pa.large_binary()).type == told(binary, kind=pa.binary(21)).type == "geo"
    labelled = pa.field("g", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
    assert decide("g", Evidence.of(pa.array([b"1", b"2"]), labelled).merge(Evidence.nothing(labelled))).type == "geo"


@pytest.mark.parametrize("kind", [pa.null(), pa.int64(), pa.float64(), pa.string(), pa.list_(pa.int8()), pa.bool_()])
def test_all_null_is_empty(kind):
    assert told([None] * 9, kind=kind)[:2] == ("empty", 1.0)


@pytest.mark.parametrize("values", [["", " ", "N/A"], ["-", "null"], [float("nan"), None]])
def test_what_says_that_nothing_is_known_is_empty(values):
    assert told(values).type == "empty"


def test_no_rows_are_empty_without_confidence():
    assert told([], kind=pa.int64())[:2] == ("empty", 0.0)


@pytest.mark.parametrize("value", [7, 0.5, "x", "x" * 400, True, dt.date(2020, 1, 1), decimal.Decimal("1.5"), b"z"])
def test_one_value_is_constant(value):
    assert told([value] * 9).type == told([value, None] * 9).type == "constant"
    assert told([value] * 900).confidence > told([value]).confidence


@pytest.mark.parametrize(
    "values", [[1, 2, 3, 4, 5] * 30, list(range(11)) * 20, ["low", "medium", "high"] * 30, ["S", "M", "L", "XL"] * 9]
)
def test_scales_are_ordinal(values):
    assert told(values).type == "ordinal"


def test_a_scale_is_not_seen_in_a_count_with_a_thin_tail():
    values = [0] * 500 + [1] * 300 + [2] * 100 + [3] * 40 + [4] * 10 + [5] * 2
    assert told(values).type == "count"


def test_numbers_stay_numbers_however_few_are_distinct():
    ages = [31, 45, 27]
    assert {told(ages * times).type for times in (1, 10, 10_000)} == {"integer"}


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(9)]
)
def test_the_width_of_a_number_changes_nothing(kind):
    assert told([20, 50, None, 70] * 9, kind=kind).type == "integer"


def test_dictionaries_are_what_their_values_are():
    assert told(pa.array(["yes", "no"] * 9).dictionary_encode()).type == "boolean"
    assert told(pa.array([1.5, 2.5] * 9).dictionary_encode()).type == "continuous"
    assert told(pa.array([f"user {i}" for i in range(99)]).dictionary_encode()).type == "categorical"
    encoded = pa.RunEndEncodedArray.from_arrays([50, 100], [0, 1])
    assert told(encoded).type == "boolean"


@pytest.mark.parametrize("kind", [pa.timestamp("ns", "UTC"), pa.timestamp("s"), pa.date32(), pa.date64()])
def test_declared_moments_are_datetime_for_sure(kind):
    assert told(pa.array([dt.date(2020, 1, 1), dt.date(2021, 1, 1)]).cast(pa.timestamp("s")).cast(kind))[:2] == (
        "datetime",
        1.0,
    )


def test_a_mixed_column_is_no_number():
    mixed = told([*["12", "13", "7", "9"] * 30, *["many", "few"] * 30])
    assert mixed.type == "categorical"
    assert "67% are numbers" in mixed.reason


def test_identifiers_are_known_by_their_form():
    assert told([str(uuid.UUID(int=R.getrandbits(128))) for _ in range(99)]).type == "identifier"
    assert told([f"a{i}@example.org" for i in range(99)]).type == "identifier"
    assert told([f"a{i % 5}@example.org" for i in range(99)]).type == "categorical"


def test_a_serial_number_is_known_in_a_sample_too():
    numbers = [block * 10_000 + i for block in range(10) for i in range(100)]
    assert decide("x", Evidence.of(pa.array(numbers)), share=0.01).type == "identifier"
    assert decide("x", Evidence.of(pa.array(numbers))).type == "integer"


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("userId", {"identifier"}),
        ("USER_ID", {"identifier"}),
        ("HTTPStatus", {"code"}),
        ("paid", set()),
        ("update", set()),
        ("num_orders", {"count"}),
        ("number of rooms", {"count"}),
        ("createdAt", {"time"}),
        ("día", set()),
        ("", set()),
    ],
)
def test_a_name_hints_by_whole_words(name, hints):
    assert hints_of(name) == hints


def test_a_scale_needs_all_words_and_more_than_one():
    assert scale_of(["low", "HIGH", "very_high"]) == ("low", "high", "very high")
    assert scale_of(["low"]) is scale_of(["low", "green"]) is scale_of(["s", "m"]) is None


def test_every_type_can_be_told():
    from tests.features.types.labelled import COLUMNS

    assert {expected for expected, _, _ in COLUMNS} == {*TYPES}
