"""Completeness is provable: a good stream carries count and digest, a stream that fails late reads as success to nobody."""

import io
import json

import pyarrow
import requests
import urllib3

from service import ask, equal, report, statement

GOOD = "SELECT i, 'row ' || i AS t FROM range(400000) r(i)"
# Fails on the data long after the first megabyte has left.
BAD = "SELECT i, CAST(CASE WHEN i < 1500000 THEN i::VARCHAR ELSE 'x' || i END AS BIGINT) AS n FROM range(2000000) r(i)"

# What a client may raise for a broken transfer; a plain AssertionError is none of them.
BROKEN = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    pyarrow.ArrowException,
    OSError,
    json.JSONDecodeError,
)


def good_arrow():
    with ask(GOOD, "arrow", stream=True) as response:
        identifier = response.headers["Sightglass-Statement-Id"]
        rows = sum(batch.num_rows for batch in pyarrow.ipc.open_stream(response.raw))
    equal(rows, 400000)
    record = statement(identifier)
    equal((record["state"], record["rowCount"]), ("SUCCEEDED", 400000))
    equal(record["digest"].startswith("crc32c=:"), True)


def reads_arrow():
    with ask(BAD, "arrow", stream=True) as response:
        batches = iter(pyarrow.ipc.open_stream(response.raw))
        first = next(batches)
        equal(first.num_rows > 0, True)
        for _ in batches:
            pass


def reads_arrow_whole():
    pyarrow.ipc.open_stream(io.BytesIO(ask(BAD, "arrow").content)).read_all()


def reads_lines(media):
    with ask(BAD, media, stream=True) as response:
        for _ in response.iter_lines():
            pass


def must_break(read, *arguments):
    try:
        read(*arguments)
    except BROKEN:
        return
    raise AssertionError("the client reported success")


def main():
    report("pyarrow reads a good stream, whose record has count and digest", good_arrow)
    report("pyarrow over requests, streaming: a late failure is an error", must_break, reads_arrow)
    report("pyarrow over requests, whole: a late failure is an error", must_break, reads_arrow_whole)
    for media in ("csv", "ndjson"):
        report(f"requests, {media}: a late failure is an error", must_break, reads_lines, media)


main()
