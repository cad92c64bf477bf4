"""The readers of other people: each asks and gives a list of rows, as dicts of plain Python values."""

import io
import json
import tempfile

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

from service import ask, equal


def body(sql, media, parameters):
    return ask(sql, media, parameters).content


# Arrow and Parquet: typed by the format.


def arrow_by_pyarrow(sql, parameters):
    with ask(sql, "arrow", parameters, stream=True) as response:
        response.raw.decode_content = True
        with pyarrow.ipc.open_stream(response.raw) as stream:
            return stream.read_all().to_pylist()


def arrow_by_polars(sql, parameters):
    return polars.read_ipc_stream(io.BytesIO(body(sql, "arrow", parameters))).to_dicts()


def arrow_by_pandas(sql, parameters):
    table = pyarrow.ipc.open_stream(body(sql, "arrow", parameters)).read_all()
    return records(table.to_pandas(types_mapper=pandas.ArrowDtype))


def arrow_by_duckdb(sql, parameters):
    table = pyarrow.ipc.open_stream(body(sql, "arrow", parameters)).read_all()
    return rows(duckdb.connect().from_arrow(table))


def parquet_by_pyarrow(sql, parameters):
    return pyarrow.parquet.read_table(io.BytesIO(body(sql, "parquet", parameters))).to_pylist()


def parquet_by_polars(sql, parameters):
    return polars.read_parquet(io.BytesIO(body(sql, "parquet", parameters))).to_dicts()


def parquet_by_pandas(sql, parameters):
    return records(pandas.read_parquet(io.BytesIO(body(sql, "parquet", parameters)), dtype_backend="pyarrow"))


def parquet_by_duckdb(sql, parameters):
    with file_of(body(sql, "parquet", parameters), ".parquet") as file:
        return rows(duckdb.connect().read_parquet(file.name))


def records(frame):
    """pandas has a value of its own for what is not there, and texts and times of its own."""

    def value(cell):
        if cell is pandas.NA or cell is pandas.NaT:
            return None
        return cell.to_pydatetime() if isinstance(cell, pandas.Timestamp) else cell

    return [{name: value(cell) for name, cell in row.items()} for row in frame.to_dict("records")]


def rows(relation):
    return relation.to_arrow_table().to_pylist()


def file_of(content, suffix):
    file = tempfile.NamedTemporaryFile(suffix=suffix)
    file.write(content)
    file.flush()
    return file


# The text formats by DuckDB, typed by what the JSON answer says of its columns.


def types_of(sql, parameters):
    def read_as(type_name):
        """What has no plain type of its own is a text in every format."""
        return type_name.replace("INTERVAL", "VARCHAR").replace("TIME WITH TIME ZONE", "VARCHAR")

    return {column["name"]: read_as(column["type"]) for column in ask(sql, "json", parameters).json()["columns"]}


def typed(name, type_name, text):
    """The expression that makes a value of a text, or of a JSON value."""
    if type_name == "BLOB":
        return f"from_base64({text}) AS {name}"
    return f"CAST({text} AS {type_name}) AS {name}"


def is_nested(type_name):
    return type_name.endswith("]") or type_name.startswith("STRUCT")


def ndjson_by_duckdb(sql, parameters):
    types = types_of(sql, parameters)
    columns = ", ".join(f"{name}: '{'VARCHAR' if t == 'BLOB' else t}'" for name, t in quoted(types).items())
    selected = ", ".join(f"from_base64({name}) AS {name}" if t == "BLOB" else name for name, t in types.items())
    with file_of(body(sql, "ndjson", parameters), ".ndjson") as file:
        return rows(utc().sql(f"SELECT {selected} FROM read_ndjson('{file.name}', columns = {{{columns}}})"))


def csv_by_duckdb(sql, parameters):
    types = types_of(sql, parameters)
    columns = ", ".join(f"{name}: '{'JSON' if is_nested(t) else 'VARCHAR'}'" for name, t in types.items())
    selected = ", ".join(typed(name, t, name) for name, t in types.items())
    with file_of(body(sql, "csv", parameters), ".csv") as file:
        return rows(utc().sql(
            f"SELECT {selected} FROM read_csv('{file.name}', auto_detect = false, header = true, quote = '\"',"
            f" escape = '\"', allow_quoted_nulls = false, columns = {{{columns}}})"))


def json_by_duckdb(sql, parameters):
    types = types_of(sql, parameters)
    selected = ", ".join(
        typed(name, t, f"row -> '$[{place}]'" if is_nested(t) else f"row ->> '$[{place}]'")
        for place, (name, t) in enumerate(types.items()))
    with file_of(body(sql, "json", parameters), ".json") as file:
        return rows(utc().sql(
            f"SELECT {selected} FROM (SELECT unnest(rows) AS row FROM read_json('{file.name}',"
            " columns = {rows: 'JSON[]'}))"))


def quoted(types):
    return {name: t.replace("'", "''") for name, t in types.items()}


def utc():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


TYPED = {
    "arrow by pyarrow": arrow_by_pyarrow,
    "arrow by polars": arrow_by_polars,
    "arrow by pandas": arrow_by_pandas,
    "arrow by duckdb": arrow_by_duckdb,
    "parquet by pyarrow": parquet_by_pyarrow,
    "parquet by polars": parquet_by_polars,
    "parquet by pandas": parquet_by_pandas,
    "parquet by duckdb": parquet_by_duckdb,
    "ndjson by duckdb": ndjson_by_duckdb,
    "json by duckdb": json_by_duckdb,
    "csv by duckdb": csv_by_duckdb,
}


# JSON and NDJSON as they stand.


def json_by_python(sql, parameters):
    answer = ask(sql, "json", parameters).json()
    names = [column["name"] for column in answer["columns"]]
    equal(answer["rowCount"], len(answer["rows"]))
    equal(answer["truncated"], False)
    return [dict(zip(names, row, strict=True)) for row in answer["rows"]]


def ndjson_by_python(sql, parameters):
    text = body(sql, "ndjson", parameters).decode("utf-8")
    equal(text == "" or text.endswith("\n"), True)
    return [json.loads(line) for line in text.splitlines()]


def ndjson_by_polars(sql, parameters):
    content = body(sql, "ndjson", parameters)
    return polars.read_ndjson(io.BytesIO(content), infer_schema_length=None).to_dicts() if content else []


def ndjson_by_pandas(sql, parameters):
    """Row by row: in a column with NULL, which is NaN to pandas, it makes floating point numbers of integers."""
    lines = body(sql, "ndjson", parameters).decode("utf-8").splitlines()
    read = [
        pandas.read_json(io.StringIO(line), lines=True, dtype=False, convert_dates=False, precise_float=True)
        for line in lines
    ]
    # Only NaN differs from itself.
    return [{name: None if cell != cell else cell for name, cell in records(frame)[0].items()} for frame in read]


PLAIN = {
    "json by python": json_by_python,
    "ndjson by python": ndjson_by_python,
    "ndjson by polars": ndjson_by_polars,
    "ndjson by pandas": ndjson_by_pandas,
}


# CSV as texts; who cannot tell what is not there from the empty text gives the empty text.


def csv_text(sql, parameters):
    return body(sql, "csv", parameters).decode("utf-8")


def csv_by_pandas(sql, parameters):
    frame = pandas.read_csv(io.StringIO(csv_text(sql, parameters)), dtype=str, keep_default_na=False)
    return frame.to_dict("records")


def csv_by_polars(sql, parameters):
    frame = polars.read_csv(io.StringIO(csv_text(sql, parameters)), infer_schema=False)
    return [{name: cell or "" for name, cell in row.items()} for row in frame.to_dicts()]


TEXTS = {"csv by pandas": csv_by_pandas, "csv by polars": csv_by_polars}
