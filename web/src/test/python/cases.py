"""What is asked, and what every reader must make of the answer: a value of every type, as expressions and as columns."""

import math
from datetime import date, datetime, time, timezone
from decimal import Decimal

import pyarrow

TEXT = 'Zażółć gęślą – 漢字 🎖️, "quoted"\nsecond line'
STAMP = datetime(2024, 2, 29, 12, 34, 56, 789012)
INSTANT = STAMP.replace(tzinfo=timezone.utc)
UUID_TEXT = "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd"

# name: (expression, value in Python, value in JSON, text in CSV)
TYPES = {
    "boolean": ("true", True, True, "true"),
    "integer": ("(-2147483648)::INTEGER", -2147483648, -2147483648, "-2147483648"),
    "bigint": ("9223372036854775807::BIGINT", 2**63 - 1, 2**63 - 1, "9223372036854775807"),
    "hugeint": (
        "12345678901234567890123456789012345678::HUGEINT",
        Decimal("12345678901234567890123456789012345678"),
        "12345678901234567890123456789012345678",
        "12345678901234567890123456789012345678",
    ),
    "double": ("0.1::DOUBLE", 0.1, 0.1, "0.1"),
    "double_large": ("1.7976931348623157e308::DOUBLE", 1.7976931348623157e308, 1.7976931348623157e308, None),
    "double_nan": ("'NaN'::DOUBLE", math.nan, "NaN", None),
    "double_infinity": ("'-Infinity'::DOUBLE", -math.inf, "-Infinity", None),
    "decimal": (
        "12345678901234567890.123456789::DECIMAL(38, 9)",
        Decimal("12345678901234567890.123456789"),
        "12345678901234567890.123456789",
        "12345678901234567890.123456789",
    ),
    "decimal_small": ("(-0.05)::DECIMAL(4, 2)", Decimal("-0.05"), "-0.05", "-0.05"),
    "varchar": ("$1", TEXT, TEXT, TEXT),
    "varchar_empty": ("''", "", "", ""),
    "date": ("DATE '2024-02-29'", date(2024, 2, 29), "2024-02-29", "2024-02-29"),
    "date_old": ("DATE '0044-03-15'", date(44, 3, 15), "0044-03-15", "0044-03-15"),
    "timestamp": ("TIMESTAMP '2024-02-29 12:34:56.789012'", STAMP, "2024-02-29T12:34:56.789012", None),
    "timestamptz": (
        "TIMESTAMPTZ '2024-02-29 07:34:56.789012-05'",
        INSTANT,
        "2024-02-29T12:34:56.789012Z",
        None,
    ),
    "uuid": (f"UUID '{UUID_TEXT}'", UUID_TEXT, UUID_TEXT, UUID_TEXT),
    "list": ("[1, NULL, 3]::INTEGER[]", [1, None, 3], [1, None, 3], "[1,null,3]"),
    "list_empty": ("[]::INTEGER[]", [], [], "[]"),
    "list_of_text": ("['ü', '']", ["ü", ""], ["ü", ""], '["ü",""]'),
    "list_of_lists": ("[[1], [], NULL]::BIGINT[][]", [[1], [], None], [[1], [], None], "[[1],[],null]"),
    "struct": (
        "{'a': 1::INTEGER, 'b': 'x', 'c': DATE '2024-02-29', 'd': NULL::BIGINT}",
        {"a": 1, "b": "x", "c": date(2024, 2, 29), "d": None},
        {"a": 1, "b": "x", "c": "2024-02-29", "d": None},
        '{"a":1,"b":"x","c":"2024-02-29","d":null}',
    ),
    "list_of_structs": (
        "[{'a': 1::INTEGER}, {'a': NULL::INTEGER}, NULL]",
        [{"a": 1}, {"a": None}, None],
        [{"a": 1}, {"a": None}, None],
        '[{"a":1},{"a":null},null]',
    ),
    "struct_of_decimals": (
        "{'d': 0.10::DECIMAL(10, 2), 'l': [0.5::DOUBLE]}",
        {"d": Decimal("0.10"), "l": [0.5]},
        {"d": "0.10", "l": [0.5]},
        '{"d":"0.10","l":[0.5]}',
    ),
    "list_of_nothing": ("[NULL, NULL]::VARCHAR[]", [None, None], [None, None], "[null,null]"),
    "struct_of_nothing": (
        "{'a': NULL::INTEGER, 's': NULL::STRUCT(x VARCHAR)}",
        {"a": None, "s": None},
        {"a": None, "s": None},
        '{"a":null,"s":null}',
    ),
    "three_levels": (
        "[{'l': [{'t': TIMESTAMPTZ '2024-02-29 12:34:56.789012+00', 'u': NULL::UUID}, NULL]}, {'l': []}, {'l': NULL}, NULL]",
        [{"l": [{"t": INSTANT, "u": None}, None]}, {"l": []}, {"l": None}, None],
        [{"l": [{"t": "2024-02-29T12:34:56.789012Z", "u": None}, None]}, {"l": []}, {"l": None}, None],
        '[{"l":[{"t":"2024-02-29T12:34:56.789012Z","u":null},null]},{"l":[]},{"l":null},null]',
    ),
    "list_of_exact": (
        "[170141183460469231731687303715884105::HUGEINT, NULL]",
        [Decimal("170141183460469231731687303715884105"), None],
        ["170141183460469231731687303715884105", None],
        '["170141183460469231731687303715884105",null]',
    ),
    "fixed_size": ("array_value(1::INTEGER, NULL, 3)", [1, None, 3], [1, None, 3], "[1,null,3]"),
    "float": ("0.25::FLOAT", 0.25, 0.25, "0.25"),
    "smallint": ("(-32768)::SMALLINT", -32768, -32768, "-32768"),
    "ubigint": ("18446744073709551615::UBIGINT", 2**64 - 1, 2**64 - 1, "18446744073709551615"),
    "blob": ("'\\x00\\xFF'::BLOB", b"\x00\xff", "AP8=", "AP8="),
    "interval": ("INTERVAL '1 year 2 months -3 days 04:05:06.7'", *["P1Y2M-3DT4H5M6.7S"] * 3),
    "timetz": ("'01:02:03+01'::TIMETZ", *["01:02:03+01:00"] * 3),
    "list_of_intervals": (
        "[{'i': INTERVAL '90 minutes'}, {'i': NULL}, NULL]",
        [{"i": "PT1H30M"}, {"i": None}, None],
        [{"i": "PT1H30M"}, {"i": None}, None],
        '[{"i":"PT1H30M"},{"i":null},null]',
    ),
    "time": ("TIME '12:34:56.789012'", time(12, 34, 56, 789012), "12:34:56.789012", "12:34:56.789012"),
}

ARROW_TYPES = {
    "boolean": pyarrow.bool_(),
    "integer": pyarrow.int32(),
    "bigint": pyarrow.int64(),
    "hugeint": pyarrow.decimal128(38, 0),
    "double": pyarrow.float64(),
    "decimal": pyarrow.decimal128(38, 9),
    "varchar": pyarrow.utf8(),
    "date": pyarrow.date32(),
    "timestamp": pyarrow.timestamp("us"),
    "timestamptz": pyarrow.timestamp("us", tz="UTC"),
    "list": pyarrow.list_(pyarrow.int32()),
}

COLUMNS = ", ".join(f"{expression} AS {name}" for name, (expression, *_) in TYPES.items())
NULLS = ", ".join("NULL" for _ in TYPES)
NAMES = ", ".join(TYPES)

# The first row holds the values, the second NULL in every column.
VALUES = f"SELECT {NAMES} FROM (SELECT 1 AS n, {COLUMNS} UNION ALL SELECT 2, {NULLS}) ORDER BY n"
ONE_ROW = f"SELECT {COLUMNS}"
NO_ROW = f"SELECT {NAMES} FROM (SELECT {COLUMNS}) WHERE bigint = 0"
MANY = "SELECT i, 'é' || i AS t, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2 END AS h FROM range(250000) r(i) ORDER BY i"


# Columns of the datasets of packs/types, and the rows that TypesLanding delivers.

DATASETS = ("types.lines", "types.records", "types.files")
# By column: the value in each of the four rows. The second row is NULL throughout, the others have NULL and nothing
# at every level of what is nested.
ROWS_OF_DATASETS = {
    "boolean": (True, None, False, None),
    "integer": (-2147483648, None, 0, None),
    "bigint": (2**63 - 1, None, -(2**63), None),
    "double": (0.1, None, 1.7976931348623157e308, -0.0),
    "decimal": (Decimal("12345678901234567890.123456789"), None, Decimal("-0.000000001"), Decimal("0.000000000")),
    "varchar": (TEXT, None, " ü ", "\\ \t /"),
    # A cell that is the empty text is NULL, unless the contract's null_text says otherwise.
    "varchar_empty": (None, None, None, None),
    "date": (date(2024, 2, 29), None, date(44, 3, 15), date(9999, 12, 31)),
    "timestamp": (STAMP, None, datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2024, 1, 1)),
    "timestamptz": (INSTANT, None, datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc), None),
    "uuid": (UUID_TEXT, None, "00000000-0000-0000-0000-000000000000", None),
    "list": ([1, None, 3], None, [], [None]),
    "list_empty": ([], None, [], None),
    "list_of_text": (["ü", ""], None, [None], ['a"b', "c,d"]),
    "list_of_lists": ([[1], [], None], None, [None, [None], []], [[2**63 - 1]]),
    "struct": (
        {"a": 1, "b": "x", "c": date(2024, 2, 29), "d": None},
        None,
        {"a": None, "b": None, "c": None, "d": None},
        {"a": None, "b": "ż", "c": None, "d": -(2**63)},
    ),
    "list_of_structs": (
        [{"a": 1, "t": INSTANT}, {"a": None, "t": None}, None],
        None,
        [],
        [None, {"a": None, "t": INSTANT}],
    ),
    "struct_of_lists": (
        {"d": Decimal("0.10"), "l": [0.5, None], "s": {"x": "ü", "u": UUID_TEXT}},
        None,
        {"d": None, "l": None, "s": None},
        {"d": Decimal("-0.05"), "l": [], "s": {"x": None, "u": None}},
    ),
}


def in_json(value):
    """A value as JSON and NDJSON write it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        # Fractions of seconds come in groups of three digits.
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds" if value.microsecond else "seconds")
        return text + ("Z" if value.tzinfo else "")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return [in_json(element) for element in value]
    if isinstance(value, dict):
        return {key: in_json(element) for key, element in value.items()}
    return value
