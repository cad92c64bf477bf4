"""Equal contents by the readers of other people: every type of the type list, NULL, no row, one row, many, non-ASCII."""

import csv
import io
import json
import math
import tempfile
import uuid
from datetime import date, datetime, time, timezone
from decimal import Decimal

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

from service import ask, equal, report

TEXT = 'Zażółć gęślą – 漢字 🎖️, "quoted"\nsecond line'
STAMP = datetime(2024, 2, 29, 12, 34, 56, 789012)

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
        STAMP.replace(tzinfo=timezone.utc),
        "2024-02-29T12:34:56.789012Z",
        None,
    ),
    "uuid": (
        "UUID '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'",
        "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd",
        "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd",
        "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd",
    ),
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


# Readers: each gives a list of rows, as dicts of plain Python values.


def by_pyarrow(sql, parameters):
    with ask(sql, "arrow", parameters, stream=True) as response:
        response.raw.decode_content = True
        with pyarrow.ipc.open_stream(response.raw) as stream:
            return stream.read_all().to_pylist()


def by_polars(sql, parameters):
    return polars.read_ipc_stream(io.BytesIO(ask(sql, "arrow", parameters).content)).to_dicts()


def by_pyarrow_parquet(sql, parameters):
    return pyarrow.parquet.read_table(io.BytesIO(ask(sql, "parquet", parameters).content)).to_pylist()


def by_duckdb_parquet(sql, parameters):
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(ask(sql, "parquet", parameters).content)
        file.flush()
        table = duckdb.connect().read_parquet(file.name).to_arrow_table()
    return table.to_pylist()


BINARY_READERS = {
    "arrow by pyarrow": by_pyarrow,
    "arrow by polars": by_polars,
    "parquet by pyarrow": by_pyarrow_parquet,
    "parquet by duckdb": by_duckdb_parquet,
}


def json_rows(sql, parameters):
    answer = ask(sql, "json", parameters).json()
    names = [column["name"] for column in answer["columns"]]
    equal(answer["rowCount"], len(answer["rows"]))
    equal(answer["truncated"], False)
    return [dict(zip(names, row, strict=True)) for row in answer["rows"]]


def ndjson_rows(sql, parameters):
    text = ask(sql, "ndjson", parameters).content.decode("utf-8")
    equal(text == "" or text.endswith("\n"), True)
    return [json.loads(line) for line in text.splitlines()]


def csv_text(sql, parameters):
    return ask(sql, "csv", parameters).content.decode("utf-8")


def csv_rows(text):
    """By pandas, everything as text; an empty cell is None only where it is not quoted, which pandas cannot tell."""
    frame = pandas.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return frame.to_dict("records")


def plain(value):
    """One form for what readers give in several: UUIDs, binary UUIDs, integers that came as decimals, NaN."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    return value


def same(seen, expected):
    equal(plain(seen), plain(expected))


def binary(name, read):
    _, value, _, _ = TYPES[name]
    rows = CACHE.of(read, VALUES, [TEXT])
    equal(len(rows), 2)
    same(rows[0][name], value)
    equal(rows[1][name], None)


def text_format(name, read):
    _, _, value, _ = TYPES[name]
    rows = CACHE.of(read, VALUES, [TEXT])
    equal(len(rows), 2)
    equal(rows[0][name], value)
    equal(type(rows[0][name]), type(value))
    equal(rows[1][name], None)


def csv_format(name):
    _, value, _, expected = TYPES[name]
    text = CACHE.of(csv_text, VALUES, [TEXT])
    rows = csv_rows(text)
    equal(len(rows), 2)
    cell = rows[0][name]
    if expected is not None:
        equal(cell, expected)
    elif isinstance(value, float):
        same(float(cell), value)
    else:
        equal(datetime.fromisoformat(cell), value)
    equal(rows[1][name], "")


def csv_layout():
    """As RFC 4180, lines end in \\n, NULL is empty, the empty text quoted."""
    text = csv_text("SELECT 'a,b' AS \"x,y\", '' AS e, NULL AS n, 'q\"q' AS q, 'l\nl' AS l, ' s ' AS s", [])
    head, body = text.split("\n", 1)
    equal(head, '"x,y",e,n,q,l,s')
    equal(body.startswith('"a,b","",,"q""q","l\nl",'), True)
    equal(list(csv.reader(io.StringIO(text)))[1], ["a,b", "", "", 'q"q', "l\nl", " s "])
    equal("\r" in text, False)


def arrow_type(name):
    with ask(VALUES, "arrow", [TEXT], stream=True) as response:
        with pyarrow.ipc.open_stream(response.raw) as stream:
            equal(stream.schema.field(name).type, ARROW_TYPES[name])


def one_row():
    for label, read in BINARY_READERS.items():
        rows = read(ONE_ROW, [TEXT])
        equal((label, len(rows)), (label, 1))
        same(rows[0]["varchar"], TEXT)
    equal(len(json_rows(ONE_ROW, [TEXT])), 1)
    equal(len(ndjson_rows(ONE_ROW, [TEXT])), 1)
    equal(len(csv_rows(csv_text(ONE_ROW, [TEXT]))), 1)


def no_row(read):
    equal(read(NO_ROW, [TEXT]), [])


def no_row_keeps_the_columns():
    for media in ("arrow", "parquet"):
        body = io.BytesIO(ask(NO_ROW, media, [TEXT]).content)
        if media == "arrow":
            schema = pyarrow.ipc.open_stream(body).schema
        else:
            schema = pyarrow.parquet.read_schema(body)
        equal(schema.names, list(TYPES))
    equal(csv_text(NO_ROW, [TEXT]), ",".join(TYPES) + "\n")
    equal([c["name"] for c in ask(NO_ROW, "json", [TEXT]).json()["columns"]], list(TYPES))


def many(read):
    rows = read(MANY, [])
    equal(len(rows), 250000)
    for i in (0, 1, 2, 2047, 2048, 122879, 122880, 249999):
        equal((rows[i]["i"], rows[i]["t"]), (i, f"é{i}"))
        equal(rows[i]["h"], None if i % 3 == 0 else i / 2)
    equal(sum(row["i"] for row in rows), 250000 * 249999 // 2)


def many_csv():
    frame = pandas.read_csv(io.StringIO(csv_text(MANY, [])))
    equal(len(frame), 250000)
    equal(int(frame["i"].sum()), 250000 * 249999 // 2)
    equal(frame["t"].iloc[249999], "é249999")
    equal(int(frame["h"].isna().sum()), 83334)


class Answers:
    """One answer per reader and statement, or its failure, for all cases that look at it."""

    def __init__(self):
        self.answers = {}

    def of(self, read, sql, parameters):
        key = (read, sql)
        if key not in self.answers:
            try:
                self.answers[key] = (read(sql, parameters), None)
            except Exception as e:
                self.answers[key] = (None, e)
        answer, error = self.answers[key]
        if error is not None:
            raise error
        return answer


CACHE = Answers()


def main():
    for label, read in BINARY_READERS.items():
        for name in TYPES:
            report(f"{label}: {name}", binary, name, read)
        report(f"{label}: no row", no_row, read)
        report(f"{label}: many rows", many, read)
    for label, read in {"json": json_rows, "ndjson": ndjson_rows}.items():
        for name in TYPES:
            report(f"{label}: {name}", text_format, name, read)
        report(f"{label}: no row", no_row, read)
    report("ndjson: many rows", many, ndjson_rows)
    for name in TYPES:
        report(f"csv by pandas: {name}", csv_format, name)
    report("csv by pandas: many rows", many_csv)
    report("csv: layout", csv_layout)
    for name in ARROW_TYPES:
        report(f"arrow type of {name}", arrow_type, name)
    report("one row in every format", one_row)
    report("no row keeps the columns", no_row_keeps_the_columns)


main()
