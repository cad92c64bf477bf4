#!/usr/bin/env python3
"""Loads daily claims dumps beside what else could load them: rows per CPU second (performance.md, 11 and 12).

* A bare DuckDB COPY reads a file with the same types, formats, texts for NULL and partitions, and writes Parquet once.
* The pandas job into PostgreSQL (pandas_job.py), by to_sql and by COPY.
* A loader in Java that works row by row (io.sightglass.benchmarks.rowwise), to Parquet and to PostgreSQL.

All but the first mask as the contract says. The load alone also finds every broken row, with its line and reason, keeps
rejects, lets the newest row of a claim win, writes the vault, and commits both sides as one. CPU is that of whole
processes with all their threads, PostgreSQL's among them. A run over one file alone shows what the start of the process
costs; the difference is what each further file costs, which is all that a running service pays.

Rounds are interleaved, figures are medians. Needs the Python packages duckdb 2.0, pandas, SQLAlchemy and psycopg, and
PostgreSQL (postgres.py says which). Results go to benchmarks/results/.

    benchmarks/load_ratio.py [--rows 1000000] [--days 30] [--dirty 0.01] [--seed 526] [--rounds 3] [--work DIR]
        [--without pandas,java]
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
import postgres

BARE, LOAD = "bare COPY, {} threads", "load"
TARGET = 0.6
TARGETS = {"pandas, to_sql": 10, "pandas, COPY": 10, "Java row by row, Parquet": 2.5, "Java row by row, PostgreSQL": 2.5}
PANDAS = loads.ROOT / "benchmarks" / "pandas_job.py"
BENCHMARKS = loads.ROOT / "benchmarks" / "target"
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
    arguments.add_argument("--without", default="", help="contestants to leave out: pandas, java, to_sql")
    arguments.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = arguments.parse_args()

    work = options.work or tempfile.mkdtemp(prefix="sightglass-ratio-")
    try:
        measure(options, work)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)


def java(target, sink, sources):
    """The row-wise loader; CPU seconds."""
    home = subprocess.run([loads.ROOT / "mvnw", "--print-java-home"], capture_output=True, text=True, check=True)
    classpath = f"{BENCHMARKS / 'classes'}:{BENCHMARKS / 'lib'}/*"
    main_class = "io.sightglass.benchmarks.rowwise.RowWiseLoader"
    command = [f"{home.stdout.strip()}/bin/java", "-Xmx1g", "-cp", classpath, main_class, sink, target, *sources]
    return run(*command)


def run(*command):
    status, _, cpu, _ = loads.run(*command)
    if status != 0:
        raise SystemExit(f"{command[:4]} ended with {status}")
    return cpu


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def contestants(options, work, database):
    """Each by name: takes files below the landing folder, gives CPU seconds."""

    def counted(job):
        """With those of PostgreSQL."""
        before = database.cpu()
        own = job()
        return own + database.cpu() - before

    bare, rowwise = os.path.join(work, "bare"), os.path.join(work, "rowwise")
    found = {LOAD: lambda landing, files: load(landing, work)[0]}
    for threads in sorted({1, os.cpu_count()}):
        found[BARE.format(threads)] = lambda _, files, threads=threads: run(
            sys.executable, __file__, "--bare", empty(bare), str(threads), *files
        )
    without = options.without.split(",")
    if "java" not in without:
        found["Java row by row, Parquet"] = lambda _, files: java(empty(rowwise), "parquet", files)
        found["Java row by row, PostgreSQL"] = lambda _, files: counted(lambda: java(database.jdbc, "postgres", files))
    if "pandas" not in without:
        for name, method in (("pandas, COPY", "copy"), ("pandas, to_sql", "to_sql")):
            if method not in without:
                found[name] = lambda _, files, method=method: counted(
                    lambda: run(sys.executable, PANDAS, method, database.url, *files)
                )
    return found


def measure(options, work):
    # Builds what is missing, and Java's cache for faster starts: neither is a part of what is measured.
    rehearsal = ["demo", "--rehearse", "--rows", "2000", "--days", "2", "--port", "0"]
    subprocess.run(
        [loads.LAUNCHER, *rehearsal, "--data", os.path.join(work, "rehearsal")], check=True, stdout=subprocess.DEVNULL
    )
    if "java" not in options.without.split(",") and not (BENCHMARKS / "lib").is_dir():
        build = [loads.ROOT / "mvnw", "-q", "-B", "-Dmaven.test.skip=true", "-pl", "benchmarks", "-am", "package"]
        subprocess.run(build, check=True, cwd=loads.ROOT)
    landing = pathlib.Path(work, "landing")
    generated = loads.run(
        loads.LAUNCHER, "generate", "--out", str(landing), "--rows", str(options.rows), "--days", str(options.days),
        "--dirty", str(options.dirty), "--seed", str(options.seed), "--dataset", "benefits.claims",
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

    files = {True: [str(landing / name) for name in sorted(rows)], False: [str(first)]}
    folders = {True: landing, False: pathlib.Path(work, "first")}
    with postgres.Postgres() as database:
        taking = contestants(options, work, database)
        taken = {(name, whole): [] for name in taking for whole in (True, False)}
        for number in range(options.rounds):
            for name, job in taking.items():
                for whole in (False, True):
                    taken[name, whole].append(job(folders[whole], files[whole]))
                cpu = [taken[name, whole][-1] for whole in (True, False)]
                print(f"round {number + 1}: {name}: {cpu[0]:.1f} s, of one file {cpu[1]:.1f} s", flush=True)
        version = database.version()
    record(options, rows, taking, taken, version)


def record(options, rows, taking, taken, version):
    now = datetime.datetime.now(datetime.timezone.utc)
    total, one = sum(rows.values()), rows[min(rows)]
    whole = {name: total / statistics.median(taken[name, True]) for name in taking}
    further = {
        name: (total - one) / statistics.median(a - b for a, b in zip(taken[name, True], taken[name, False]))
        for name in taking
    }
    best = {
        id(figures): max(value for name, value in figures.items() if name.startswith("bare"))
        for figures in (whole, further)
    }
    lines = [
        f"# Loads beside other loaders: {total:,} rows in {len(rows)} files, {options.dirty:.1%} dirty",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {loads.commit()}, {loads.machine()}, PostgreSQL {version}. "
        f"`benchmarks/load_ratio.py`, {options.rounds} interleaved rounds, medians; CPU of all processes, PostgreSQL's "
        f"among them. Load average {os.getloadavg()[1]:.1f}.",
        "",
        "Rows per CPU second: of whole processes, their start among it, and of each file after the first. The load's "
        "rows masked, checked, rejects and vault written, committed; what the others leave out stands in the script.",
        "",
        "| | whole process | each further file | the load beside it, whole | further | reach |",
        "|---|---|---|---|---|---|",
    ]
    for name in taking:
        ratios = [figures[LOAD] / figures[name] for figures in (whole, further)]
        reach = TARGET if name.startswith("bare") else TARGETS.get(name, "")
        lines.append(
            f"| {name} | {whole[name]:,.0f} | {further[name]:,.0f} | "
            + ("– | – | – |" if name == LOAD else f"{ratios[0]:.2f} × | {ratios[1]:.2f} × | ≥ {reach} × |")
        )
    reached = [figures[LOAD] / best[id(figures)] for figures in (whole, further)]
    lines += [
        "",
        f"Row 11, of the better bare COPY: {reached[0]:.2f} as a whole, {reached[1]:.2f} for each further file; "
        f"to reach: {TARGET}.",
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
