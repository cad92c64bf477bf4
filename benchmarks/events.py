#!/usr/bin/env python3
"""Loads 5M contention events, Avro and NDJSON mixed, and refreshes the views that are computed of all of them.

Two in a hundred events come twice, within a file or in another one, and five come late. The number of events in the
table must be the number of different valid ones that DuckDB and polars find in the files, and the loading process must
stay under 2 GB. Then one small file more arrives in a running service: benefits.contention_daily, a stored result, must
be refreshed within 20 s, and all of benefits.classification_impact be computed within 20 s.

Needs the Python packages duckdb 2.0 and polars. The result goes to benchmarks/results/.

    benchmarks/events.py [--events 5000000] [--days 30] [--seed 526] [--rounds 3] [--work DIR]
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import loads

EVENTS_A_CLAIM = 5
REFRESH_SECONDS = 20
DIRTY = 0.01
ACTIONS = """'ContentionAssociatedToClaim', 'ContentionClassified', 'ContentionUpdated', 'ContentionCompleted',
  'ContentionDeleted'"""
REFRESHED = re.compile(r"View benefits\.contention_daily is refreshed in (\d+) ms: (\d+) rows")
IMPACT = "SELECT count(*), sum(contentions), sum(completed) FROM benefits.classification_impact"


def count(landing):
    """Different valid events, and what arrived of them: by another reader, by rules of this script's own."""
    import duckdb
    import polars

    connection = duckdb.connect()
    all_rows(connection, "CREATE TABLE events (id VARCHAR, happened TIMESTAMP, sent TIMESTAMP, day DATE)")
    for path in sorted(landing.glob("benefits/contention_events/*.ndjson.gz")):
        all_rows(
            connection,
            f"""
            INSERT INTO events
            SELECT EventId, try_cast(EventTime AS TIMESTAMP), try_cast(ConnectorTs AS TIMESTAMP), ?
            FROM read_ndjson(?, columns = {{EventId: 'VARCHAR', ActionName: 'VARCHAR', ClaimId: 'VARCHAR',
              EventTime: 'VARCHAR', ConnectorTs: 'VARCHAR'}}, ignore_errors = true)
            WHERE EventId IS NOT NULL AND ActionName IN ({ACTIONS}) AND try_cast(ClaimId AS BIGINT) IS NOT NULL
              AND try_cast(EventTime AS TIMESTAMP) IS NOT NULL
            """,
            [path.name.split("_")[-1].split(".")[0], str(path)],
        )
    exported = all_rows(connection, "SELECT count(*) FROM events")[0][0]
    for path in sorted(landing.glob("topics/contention-events/*/*/*/*.avro")):
        day = "-".join(part.split("=")[1] for part in path.parts[-4:-1])
        events = polars.read_avro(path, columns=["EventId", "EventTime", "ConnectorTs"]).to_arrow()
        connection.register("streamed", events)
        all_rows(connection, "INSERT INTO events SELECT EventId, EventTime, ConnectorTs, ? FROM streamed", [day])
        connection.unregister("streamed")
    arrived, different, late = all_rows(
        connection,
        """
        SELECT count(*), count(DISTINCT id), count(*) FILTER (day > CAST(happened AS DATE) + 1) FROM events
        """,
    )[0]
    return {"arrived": arrived, "exported": exported, "different": different, "late": late}


def all_rows(connection, sql, parameters=None):
    """A result must be read to its end before the connection takes the next statement."""
    return connection.execute(sql, parameters or []).fetchall()


def refresh(service, landing, number):
    """Seconds from a small delivery's scan to its refreshed result, and those of the refresh alone."""
    before = len(REFRESHED.findall(log(service)))
    now = datetime.datetime.now(datetime.timezone.utc)
    event = {
        "EventId": f"benchmark-{number}",
        "ActionName": "ContentionUpdated",
        "ClaimId": 1,
        "ContentionId": number + 1,
        "EventTime": f"{now:%Y-04-01T%H:%M:%S.000Z}",
    }
    target = landing / "benefits" / "contention_events" / f"contention_events_2026-04-01_{number}.ndjson.gz"
    target.write_bytes(gzip.compress(json.dumps(event).encode() + b"\n"))
    started = time.monotonic()
    status, answer = service.request("POST", "/v1/loads/scan")
    if status >= 300:
        raise SystemExit(f"POST /v1/loads/scan: {status} {answer[:500]!r}")
    while time.monotonic() < started + 600:
        done = REFRESHED.findall(log(service))
        if len(done) > before:
            return time.monotonic() - started, int(done[-1][0]) / 1000
        time.sleep(0.05)
    raise SystemExit("no refresh within 600 s")


def log(service):
    return pathlib.Path(service.log.name).read_text()


def timed(service, sql):
    started = time.monotonic()
    rows = service.rows(sql)
    return time.monotonic() - started, rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=5_000_000)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=526)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = arguments.parse_args()

    work = options.work or tempfile.mkdtemp(prefix="sightglass-events-")
    data = os.path.join(work, "data")
    landing = pathlib.Path(data, "landing")
    try:
        # Builds what is missing: a build is no part of what is measured.
        subprocess.run([loads.LAUNCHER, "--version"], check=True, stdout=subprocess.DEVNULL)
        status, generating, _, _ = loads.run(
            loads.LAUNCHER, "generate", "--out", str(landing), "--rows", str(options.events // EVENTS_A_CLAIM),
            "--days", str(options.days), "--dirty", str(DIRTY), "--seed", str(options.seed),
            "--dataset", "benefits.contention_events",
        )  # fmt: skip
        if status != 0:
            raise SystemExit(f"generate ended with {status}")
        print(f"generated in {generating:.1f} s", flush=True)
        expected = loads.apart(count, landing)
        print(f"counted: {expected}", flush=True)

        status, seconds, cpu, memory = loads.run(loads.LAUNCHER, "load", "--once", "--data", data)
        print(f"load --once ended with {status} after {seconds:.1f} s, peak {memory:.0f} MB", flush=True)
        mistakes = []
        with loads.Service(data) as service:
            seen = service.rows("SELECT count(*), count(DISTINCT event_id) FROM benefits.contention_events")[0]
            states = sorted({load["state"] for load in service.loads().values()})
            rounds = [refresh(service, landing, number) for number in range(options.rounds)]
            impact = [timed(service, IMPACT)[0] for _ in range(options.rounds)]
        if seen != [expected["different"]] * 2:
            mistakes.append(f"events and different ones: {seen}; expected {expected['different']} of both")
        if states != ["COMMITTED"]:
            mistakes.append(f"states of loads: {states}; expected COMMITTED alone")
        if memory >= loads.MEMORY_LIMIT_MB:
            mistakes.append(f"peak memory {memory:.0f} MB; allowed: under {loads.MEMORY_LIMIT_MB} MB")
        daily = statistics.median(alone for _, alone in rounds)
        for name, taken in (("contention_daily", daily), ("classification_impact", statistics.median(impact))):
            if taken > REFRESH_SECONDS:
                mistakes.append(f"{name} took {taken:.1f} s; allowed: {REFRESH_SECONDS} s")
        lines = [
            f"| valid events that arrived | {expected['arrived']:,}, of them {expected['exported']:,} in NDJSON |",
            f"| of them more than a day after they happened | {expected['late']:,} |",
            f"| different ones, counted by DuckDB and polars | {expected['different']:,} |",
            f"| in the table, counted by SQL over HTTP | {seen[0]:,} |",
            f"| `load --once` with the first refresh, wall time | {seconds:.1f} s |",
            f"| CPU time | {cpu:.1f} s |",
            f"| peak resident memory | {memory:,.0f} MB of {loads.MEMORY_LIMIT_MB:,} MB |",
            f"| refresh of `benefits.contention_daily`, median of {options.rounds} | {daily:.1f} s |",
            "| from the scan for one more file to the refreshed result, median | "
            + f"{statistics.median(whole for whole, _ in rounds):.1f} s |",
            f"| all of `benefits.classification_impact` computed over HTTP, median | {statistics.median(impact):.1f} s |",
        ]
        record(options, lines)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    for mistake in mistakes:
        print("WRONG " + mistake)
    print("all as it should be" if not mistakes else f"{len(mistakes)} mistakes")
    sys.exit(1 if mistakes else 0)


def record(options, lines):
    now = datetime.datetime.now(datetime.timezone.utc)
    head = [
        f"# Events: {options.events:,} over {options.days} days, twice and late",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {loads.commit()}, {loads.machine()}. `benchmarks/events.py`, seed "
        f"{options.seed}. Load average {os.getloadavg()[1]:.1f}: times of a busy machine are longer than they need be.",
        "",
        "| | |",
        "|---|---|",
    ]
    target = loads.ROOT / "benchmarks" / "results" / f"events-{now:%Y-%m-%d}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join([*head, *lines, ""]))
    print(f"result in {target.relative_to(loads.ROOT)}")


if __name__ == "__main__":
    main()
