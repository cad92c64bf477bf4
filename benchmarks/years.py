#!/usr/bin/env python3
"""Loads three years of daily dumps and 50M events, compacts, and asks: time and memory of every step.

Dumps are benefits.claims, without broken rows, so that every row must be there once afterwards; events are
benefits.contention_events, Avro and NDJSON mixed, two in a hundred twice, five late, one broken. Both are counted by
DuckDB and polars over the files, and by SQL over HTTP, before and after maintenance. After maintenance no table may have
1,000 files or more in its current state, by Iceberg's own summary of it.

Needs the Python packages duckdb 2.0 and polars, 12 GB of memory (to write and count so many events: the loads take what
is recorded) and some 40 GB of disk. What is to be loaded is no part of what is measured: in a kept folder, DIR/data/landing
of an earlier run is taken as it is. The result goes to benchmarks/results/.

    benchmarks/years.py [--days 1100] [--rows-a-day 20000] [--events 50000000] [--event-days 1100] [--seed 526] [--work DIR]
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import events
import loads

FILES_LIMIT = 1000
# All arrivals are planned in memory before the first is written.
GENERATOR_HEAP = "-Xmx8g"
ROUNDS = 5
COUNT_CLAIMS = "SELECT count(*), count(DISTINCT claim_id) FROM benefits.claims"
COUNT_EVENTS = "SELECT count(*), count(DISTINCT event_id) FROM benefits.contention_events"
QUESTIONS = {
    "claims of one day by station": """
        SELECT station_of_jurisdiction, count(*) FROM benefits.claims
        WHERE submitted_at >= TIMESTAMPTZ '{day} 00:00:00+00' AND submitted_at < TIMESTAMPTZ '{next} 00:00:00+00'
        GROUP BY ALL""",
    "all claims by month and type": """
        SELECT date_trunc('month', submitted_at) AS month, claim_type, count(*), avg(days_to_decision)
        FROM benefits.claims GROUP BY ALL""",
    "all events by name and month": """
        SELECT action_name, date_trunc('month', event_time) AS month, count(*)
        FROM benefits.contention_events GROUP BY ALL""",
    "events of one claim": "SELECT * FROM benefits.contention_events WHERE claim_id = {claim} ORDER BY event_time",
}


class Steps:
    """What was run, in order: name, seconds, CPU seconds and peak resident memory in MB of its process."""

    def __init__(self):
        self.rows = []

    def run(self, name, *command):
        status, seconds, cpu, memory = loads.run(loads.LAUNCHER, *command, stdout=subprocess.DEVNULL)
        print(f"{name}: {status} after {seconds:,.0f} s, CPU {cpu:,.0f} s, peak {memory:,.0f} MB", flush=True)
        if status != 0:
            raise SystemExit(f"{name} ended with {status}")
        self.rows.append(f"| {name} | {seconds:,.0f} s | {cpu:,.0f} s | {memory:,.0f} MB |")


def generate(options, landing):
    for dataset, dirty, days, rows in (
        ("benefits.claims", 0, options.days, options.days * options.rows_a_day),
        ("benefits.contention_events", events.DIRTY, options.event_days, options.events // events.EVENTS_A_CLAIM),
    ):
        subprocess.run(
            [
                loads.LAUNCHER, "generate", "--out", str(landing), "--seed", str(options.seed), "--dataset", dataset,
                "--dirty", str(dirty), "--days", str(days), "--rows", str(rows),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SIGHTGLASS_JAVA_OPTS": GENERATOR_HEAP},
        )  # fmt: skip


def count_claims(landing):
    import duckdb

    return list(
        duckdb.connect()
        .execute(
            """
            SELECT count(*), count(DISTINCT claim_id)
            FROM read_csv(?, all_varchar = true, auto_detect = false, header = true, delim = ',', quote = '"',
              escape = '"', columns = ?, union_by_name = false)
            WHERE form_version <> 'draft'""",
            [str(landing / "benefits/claims/*.csv.gz"), columns(landing)],
        )
        .fetchall()[0]
    )


def columns(landing):
    """The names of the dump's columns, all as texts."""
    with gzip.open(min(landing.glob("benefits/claims/*.csv.gz")), "rt", encoding="utf-8-sig") as file:
        return {name: "VARCHAR" for name in file.readline().strip().split(",")}


def files_of_tables(data):
    """Data files of the current state of every table, by Iceberg's summary of it."""
    catalog = sqlite3.connect(pathlib.Path(data, "catalog.db"))
    found = {}
    for namespace, name, metadata in catalog.execute(
        "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE metadata_location IS NOT NULL"
    ):
        path = pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(metadata).path))
        text = gzip.decompress(path.read_bytes()) if ".gz." in path.name else path.read_bytes()
        table = json.loads(text)
        for snapshot in table.get("snapshots", []):
            if snapshot["snapshot-id"] == table.get("current-snapshot-id"):
                found[f"{namespace}.{name}"] = int(snapshot["summary"]["total-data-files"])
    catalog.close()
    return found


def ask(service, landing):
    """Median milliseconds of each question, and the rows of both tables."""
    day = datetime.date.fromisoformat(
        re.search(r"_(\d{4}-\d\d-\d\d)", sorted(landing.glob("benefits/claims/*.csv.gz"))[-30].name)[1]
    )
    claim = service.rows("SELECT max(claim_id) FROM benefits.contention_events")[0][0]
    names = {"day": day, "next": day + datetime.timedelta(1), "claim": claim}
    took = {
        name: statistics.median(events.timed(service, sql.format(**names))[0] for _ in range(ROUNDS)) * 1000
        for name, sql in QUESTIONS.items()
    }
    return took, service.rows(COUNT_CLAIMS)[0], service.rows(COUNT_EVENTS)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1100)
    parser.add_argument("--rows-a-day", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--event-days", type=int, default=1100)
    parser.add_argument("--seed", type=int, default=526)
    parser.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="sightglass-years-")
    try:
        mistakes = measure(options, os.path.join(work, "data"))
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    for mistake in mistakes:
        print("WRONG " + mistake)
    print("all as it should be" if not mistakes else f"{len(mistakes)} mistakes")
    sys.exit(1 if mistakes else 0)


def measure(options, data):
    landing = pathlib.Path(data, "landing")
    # Builds what is missing: a build is no part of what is measured.
    subprocess.run([loads.LAUNCHER, "--version"], check=True, stdout=subprocess.DEVNULL)
    if not landing.exists():
        generate(options, landing)
    expected = [loads.apart(count_claims, landing), [loads.apart(events.count, landing)["different"]] * 2]
    print(f"counted: {expected}", flush=True)
    steps = Steps()
    steps.run("`load`, claims", "load", "--once", "--dataset", "benefits.claims", "--data", data)
    steps.run("`load`, events, refreshes included", "load", "--once", "--data", data)
    files = [files_of_tables(data)]
    asked = [answers(data, landing)]
    steps.run("`maintain --compact --expire --orphans`", "maintain", "--data", data)
    files.append(files_of_tables(data))
    asked.append(answers(data, landing))
    steps.run("`maintain --verify`", "maintain", "--verify", "--data", data)

    mistakes = [
        f"{when} maintenance claims and events: {[*seen[1:]]}; expected {expected}"
        for when, seen in zip(("before", "after"), asked)
        if [*seen[1:]] != expected
    ]
    mistakes += [
        f"{table} has {count} files after maintenance; allowed: under {FILES_LIMIT}"
        for table, count in files[1].items()
        if count >= FILES_LIMIT
    ]
    delivered = len(list(landing.rglob("*.*")))
    record(options, steps, files, asked, delivered, expected, mistakes)
    return mistakes


def answers(data, landing):
    with loads.Service(data) as service:
        asked = ask(service, landing)
        print(asked, flush=True)
        return asked


def record(options, steps, files, asked, delivered, expected, mistakes):
    now = datetime.datetime.now(datetime.timezone.utc)
    claims, happened = expected[0][0], expected[1][0]
    lines = [
        f"# {options.days:,} days of {options.rows_a_day:,} claims, and {options.events:,} events",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {loads.commit()}, {loads.machine()}. `benchmarks/years.py`, seed "
        f"{options.seed}. Load average {os.getloadavg()[1]:.1f}: times of a busy machine are longer than they need be.",
        "",
        f"{delivered:,} files delivered; {claims:,} claims and {happened:,} different events, counted by DuckDB and "
        "polars. " + ("Both tables held exactly these, before and after maintenance." if not mistakes else ""),
        *(f"WRONG: {mistake}." for mistake in mistakes),
        "",
        "| Step | Wall time | CPU time | Peak memory |",
        "|---|---|---|---|",
        *steps.rows,
        "",
        f"| Question, median of {ROUNDS} over HTTP | Before maintenance | After |",
        "|---|---|---|",
        *(f"| {name} | {asked[0][0][name]:,.0f} ms | {asked[1][0][name]:,.0f} ms |" for name in QUESTIONS),
        "",
        f"| Files of the current state; after maintenance under {FILES_LIMIT:,} | Before | After |",
        "|---|---|---|",
        *(f"| `{table}` | {count:,} | {files[1].get(table, 0):,} |" for table, count in sorted(files[0].items())),
        "",
    ]
    target = loads.ROOT / "benchmarks" / "results" / f"years-{now:%Y-%m-%d}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
