"""Equal contents by the readers of other people: every type, NULL, no row, one row, many, non-ASCII."""

import csv
import io
import math
import uuid
from datetime import datetime

import pandas
import pyarrow

from cases import (
    ARROW_TYPES, DATASETS, MANY, NO_ROW, ONE_ROW, ROWS_OF_DATASETS, TEXT, TYPES, VALUES, in_json,
)
from readers import PLAIN, TEXTS, TYPED, csv_text, ndjson_by_python
from service import ask, equal, report


def plain(value):
    """One form for what readers give in several: UUIDs, binary UUIDs, integers that came as decimals, NaN."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    return value


def same(seen, expected):
    equal(plain(seen), plain(expected))


def typed(name, read):
    _, value, _, _ = TYPES[name]
    rows = CACHE.of(read, VALUES, [TEXT])
    equal(len(rows), 2)
    same(rows[0][name], value)
    equal(rows[1][name], None)


def as_it_stands(name, read):
    _, _, value, _ = TYPES[name]
    rows = CACHE.of(read, VALUES, [TEXT])
    equal(len(rows), 2)
    equal(rows[0][name], value)
    equal(type(rows[0][name]), type(value))
    equal(rows[1][name], None)


def text(name, read):
    _, value, _, expected = TYPES[name]
    rows = CACHE.of(read, VALUES, [TEXT])
    equal(len(rows), 2)
    cell = rows[0][name]
    if expected is not None:
        equal(cell, expected)
    elif isinstance(value, float):
        same(float(cell), value)
    else:
        equal(datetime.fromisoformat(cell), value)
    equal(rows[1][name], "")


def column(dataset, name, read, form):
    rows = CACHE.of(read, f"SELECT * FROM {dataset} ORDER BY n", [])
    equal([row["n"] for row in rows], [1, 2, 3, 4])
    same([row[name] for row in rows], [form(value) for value in ROWS_OF_DATASETS[name]])


def csv_layout():
    """As RFC 4180, lines end in \\n, NULL is empty, the empty text quoted."""
    answer = csv_text("SELECT 'a,b' AS \"x,y\", '' AS e, NULL AS n, 'q\"q' AS q, 'l\nl' AS l, ' s ' AS s", [])
    head, rest = answer.split("\n", 1)
    equal(head, '"x,y",e,n,q,l,s')
    equal(rest.startswith('"a,b","",,"q""q","l\nl",'), True)
    equal(list(csv.reader(io.StringIO(answer)))[1], ["a,b", "", "", 'q"q', "l\nl", " s "])
    equal("\r" in answer, False)


def arrow_type(name):
    with ask(VALUES, "arrow", [TEXT], stream=True) as response:
        with pyarrow.ipc.open_stream(response.raw) as stream:
            equal(stream.schema.field(name).type, ARROW_TYPES[name])


def one_row(read):
    rows = read(ONE_ROW, [TEXT])
    equal(len(rows), 1)
    same(rows[0]["varchar"], TEXT)


def no_row(read):
    equal(read(NO_ROW, [TEXT]), [])


def no_row_of(dataset, read):
    equal(read(f"SELECT * FROM {dataset} WHERE n > 4", []), [])


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


def expressions():
    for label, read in TYPED.items():
        for name in TYPES:
            report(f"{label}: {name}", typed, name, read)
    for label, read in PLAIN.items():
        for name in TYPES:
            report(f"{label}: {name}", as_it_stands, name, read)
    for label, read in TEXTS.items():
        for name in TYPES:
            report(f"{label}: {name}", text, name, read)
    for name in ARROW_TYPES:
        report(f"arrow type of {name}", arrow_type, name)


def datasets():
    for dataset in DATASETS:
        for readers, form in ((TYPED, lambda value: value), (PLAIN, in_json)):
            for label, read in readers.items():
                for name in ROWS_OF_DATASETS:
                    report(f"{dataset}, {label}: {name}", column, dataset, name, read, form)
                report(f"{dataset}, {label}: no row", no_row_of, dataset, read)


def numbers_of_rows():
    for label, read in {**TYPED, **PLAIN, **TEXTS}.items():
        report(f"{label}: no row", no_row, read)
        report(f"{label}: one row", one_row, read)
    for label in ("arrow by pyarrow", "arrow by polars", "parquet by pyarrow", "parquet by duckdb"):
        report(f"{label}: many rows", many, TYPED[label])
    report("ndjson: many rows", many, ndjson_by_python)
    report("csv by pandas: many rows", many_csv)
    report("csv: layout", csv_layout)
    report("no row keeps the columns", no_row_keeps_the_columns)


expressions()
datasets()
numbers_of_rows()
