#!/usr/bin/env python3
"""Loads daily claims dumps beside a bare DuckDB COPY of the same files: rows per CPU second of both (performance.md, 11).

The bare statement reads a file with the same types, formats, texts for NULL and partitions, and writes Parquet once. The
load also finds every broken row, with its line and reason, drops duplicates, masks, writes the vault, and commits both
sides. CPU is that of whole processes, all their threads, by wait4. A load of one file alone shows what the start of the
process costs; the rest is what a running service pays for each further file.

Rounds are interleaved, figures are medians. Needs the Python package duckdb 2.0. Results go to benchmarks/results/.

    benchmarks/load_ratio.py [--rows 1000000] [--days 30] [--dirty 0.01] [--seed 526] [--rounds 3] [--work DIR]
"""

import argparse
import datetime
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import loads

TARGET = 0.6
COLUMNS = """claim_id BIGINT, veteran_participant_id BIGINT, ssn VARCHAR, file_number VARCHAR, first_name VARCHAR,
  last_name VARCHAR, birth_date VARCHAR, email VARCHAR, phone VARCHAR, zip VARCHAR, state VARCHAR,
  station_of_jurisdiction VARCHAR, submitted_at VARCHAR, received_at TIMESTAMPTZ, form_version VARCHAR,
  claim_type VARCHAR, benefit_claim_type_code VARCHAR, contention_count INTEGER, primary_diagnostic_code INTEGER,
  primary_contention_text VARCHAR, status VARCHAR, established_at TIMESTAMPTZ, decided_at TIMESTAMPTZ,
  days_to_decision INTEGER, combined_rating INTEGER, submission_channel VARCHAR, error_code VARCHAR,
  backup_submission VARCHAR"""


def bare_statement(source, target):
    types = dict(column.split() for column in COLUMNS.split(","))
    return f"""
        COPY (
          SELECT *, year(submitted_at) * 12 + month(submitted_at) AS submitted_at_month
          FROM (
            SELECT * REPLACE (
              coalesce(try_strptime(birth_date, '%Y-%m-%d'), try_strptime(birth_date, '%m/%d/%Y'))::DATE AS birth_date,
              coalesce(
                try_strptime(submitted_at, '%Y-%m-%dT%H:%M:%S%z'),
                try_strptime(submitted_at, '%m/%d/%Y %H:%M') AT TIME ZONE 'America/New_York') AS submitted_at,
              CASE WHEN backup_submission IN ('true', 'Y') THEN true
                WHEN backup_submission IN ('false', 'N') THEN false END AS backup_submission)
            FROM read_csv('{source}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
              nullstr = ['', 'NULL', 'null', 'N/A', '\\N'], columns = {types}, ignore_errors = true))
        ) TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (submitted_at_month),
          FILENAME_PATTERN '{{uuid}}', OVERWRITE_OR_IGNORE)"""


def copy_bare(target, threads, sources):
    """What the child process does: one statement a file, in one warm engine."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET TimeZone = 'UTC'")
    rows = sum(connection.execute(bare_statement(source, target)).fetchone()[0] for source in sources)
    print(f"bare COPY wrote {rows:,} rows")


def load(landing, work):
    """Loads a folder into a new data folder; CPU seconds, and rows read by committed file."""
    data = os.path.join(work, "data")
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(landing, os.path.join(data, "landing"), copy_function=os.link)
    log = os.path.join(work, "load.log")
    with open(log, "w") as out:
        _, _, cpu, _ = loads.run(loads.LAUNCHER, "load", "--once", "--data", data, stdout=out, stderr=out)
    found = re.findall(r"^COMMITTED\s+\S+\s+(\S+)\s+read (\d+)", pathlib.Path(log).read_text(), re.M)
    return cpu, {name: int(rows) for name, rows in found}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--dirty", type=float, default=0.01)
    arguments.add_argument("--seed", type=int, default=526)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = arguments.parse_args()

    work = options.work or tempfile.mkdtemp(prefix="sightglass-ratio-")
    try:
        measure(options, work)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)


def measure(options, work):
    landing = pathlib.Path(work, "landing")
    generated = loads.run(
        loads.LAUNCHER, "generate", "--out", str(landing), "--rows", str(options.rows), "--days", str(options.days),
        "--dirty", str(options.dirty), "--seed", str(options.seed),
    )  # fmt: skip
    if generated[0] != 0:
        raise SystemExit(f"generate ended with {generated[0]}")
    _, rows = load(landing, work)
    for path in landing.rglob("*.csv.gz"):
        if path.relative_to(landing).as_posix() not in rows:
            path.unlink()  # Quarantined as a whole: nothing to compare.
    first = pathlib.Path(work, "first", min(rows))
    first.parent.mkdir(parents=True)
    os.link(landing / min(rows), first)

    whole, start, bare = [], [], {threads: [] for threads in (1, os.cpu_count())}
    total = sum(rows.values())
    for number in range(options.rounds):
        start.append(load(pathlib.Path(work, "first"), work)[0])
        whole.append(load(landing, work)[0])
        for threads, taken in bare.items():
            target = os.path.join(work, "bare")
            shutil.rmtree(target, ignore_errors=True)
            sources = [str(landing / name) for name in sorted(rows)]
            taken.append(loads.run(sys.executable, __file__, "--bare", target, str(threads), *sources)[2])
        print(f"round {number + 1}: load {whole[-1]:.1f} s, of one file {start[-1]:.1f} s, bare {bare}", flush=True)
    record(options, rows, total, whole, start, bare)


def record(options, rows, total, whole, start, bare):
    now = datetime.datetime.now(datetime.timezone.utc)
    best = max(total / statistics.median(taken) for taken in bare.values())
    further = (total - rows[min(rows)]) / statistics.median(a - b for a, b in zip(whole, start))
    figures = {
        "load, start of the process included": total / statistics.median(whole),
        "load, each file after the first": further,
        **{f"bare COPY, {n} threads": total / statistics.median(taken) for n, taken in bare.items()},
    }
    lines = [
        f"# Load beside a bare COPY: {total:,} rows in {len(rows)} files, {options.dirty:.1%} dirty",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {loads.commit()}, {loads.machine()}. `benchmarks/load_ratio.py`, "
        f"{options.rounds} interleaved rounds, medians; CPU of all processes. Load average {os.getloadavg()[1]:.1f}.",
        "",
        f"| | rows per CPU second | of the better bare COPY; target {TARGET} |",
        "|---|---|---|",
        *(f"| {name} | {value:,.0f} | {value / best:.2f} |" for name, value in figures.items()),
        "",
    ]
    target = loads.ROOT / "benchmarks" / "results" / f"load-ratio-{now:%Y-%m-%d}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        copy_bare(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        main()
