"""A started service, as a client sees it: its address and a token from the environment, and how a case is reported."""

import json
import os
import sys

import requests

URL = os.environ["SIGHTGLASS_URL"]
TOKEN = os.environ["SIGHTGLASS_TOKEN"]

MEDIA_TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
}


def ask(sql, media, parameters=None, stream=False):
    """The open answer to a statement; raises on any status but 200."""
    response = requests.post(
        f"{URL}/v1/sql",
        json={"sql": sql, "parameters": parameters or []},
        headers={"Authorization": f"Bearer {TOKEN}", "Accept": MEDIA_TYPES[media]},
        stream=stream,
        timeout=120,
    )
    if response.status_code != 200:
        raise AssertionError(f"{media}: status {response.status_code}: {response.text[:500]}")
    return response


def statement(statement_id):
    """The record of a statement."""
    response = requests.get(
        f"{URL}/v1/statements/{statement_id}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    )
    response.raise_for_status()
    return response.json()


def report(name, check, *arguments):
    """Runs one check and prints its outcome as a line of JSON, which the Java test turns into a test of its own."""
    try:
        check(*arguments)
        error = None
    except Exception as e:
        error = f"{type(e).__name__}: {e}"
    json.dump({"case": name, "error": error}, sys.stdout)
    print(flush=True)


def equal(seen, expected):
    if seen != expected:
        raise AssertionError(f"seen {seen!r}; expected {expected!r}")
