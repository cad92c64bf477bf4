#!/usr/bin/env python3
"""Asks for one day of ten years of daily partitions that lie on S3, cold, beside one GET of that day's file.

One file of readings over ten years becomes a table with a partition, and a file, for every day, on an S3 server
(S3Proxy in a process of its own, which checks signatures; see io.sightglass.benchmarks.S3Server). A service without
anything in its cache is then asked for single days over HTTP, each of them for the first time: it has answered for 200
other days before, but has never held that day's file. Beside it stands one signed GET of the same file over a connection
that is kept open; which of the two goes first changes. Each day is asked for a second time, when its file is there. By
performance.md, 14, the first answer may take 50 ms more than the GET.

The very first answer after the start, which also reads the table's metadata, stands for itself. Needs the Python package
duckdb 2.0. The result goes to benchmarks/results/.

    benchmarks/cold_day.py [--years 10] [--rows 500] [--days 60] [--seed 14] [--work DIR]
"""

import argparse
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse

import loads

REACH_MS = 50
FIRST = datetime.date(2015, 1, 1)
KEY, SECRET = "benchmark-access-key", "benchmark-secret-key"
WARM_UP = 200
PACK = {
    "roles.yaml": """roles:
  analyst:
    description: Reads readings
    limits: {rows: 1000000, bytes: 1 GB, seconds: 60, concurrent: 4, queued: 16, memory: 1 GB, kept: 5}
""",
    "metrics/readings.yaml": """description: Readings of stations, the whole of it in one file
owner: Benchmark
grain: one row per reading
contact: {slack: "#benchmark", runbook: "https://runbooks.example.org/benchmark"}
source: {path: "metrics/readings_%Y-%m-%d.csv.gz", format: csv}
load: replace_all
partition: [day(day)]
columns:
  - {name: reading, type: BIGINT, sensitivity: none, required: true, description: Number of the reading}
  - {name: day, type: DATE, sensitivity: none, required: true, description: When}
  - {name: station, type: VARCHAR, sensitivity: none, required: true, description: Where}
  - {name: amount, type: DOUBLE, sensitivity: none, description: How much}
  - {name: note, type: VARCHAR, sensitivity: none, description: What was noted}
""",
    "metrics/readings.sql": """/*
description: Readings of stations
grain: one row per reading
*/
SELECT reading, day, station, amount, note FROM raw.metrics.readings
""",
    "metrics/grants.yaml": """analyst:
  - views: ["*"]
""",
}


def write_landing(folder, years, rows):
    """One file, by day; how many days."""
    import duckdb

    folder.mkdir(parents=True)
    days = (datetime.date(FIRST.year + years, 1, 1) - FIRST).days
    duckdb.sql(
        f"""
        COPY (
          SELECT i AS reading, DATE '{FIRST}' + CAST(i // {rows} AS INTEGER) AS day, 's' || (hash(i) % 300) AS station,
            round((hash(i, 1) % 1000000) / 997, 2) AS amount, md5(CAST(i AS VARCHAR)) AS note
          FROM range({days * rows}) readings (i) ORDER BY i
        ) TO '{folder / f"readings_{FIRST}.csv.gz"}' (FORMAT csv, HEADER, COMPRESSION gzip)"""
    )
    return days


class Bucket:
    """One connection to the S3 server, kept open; GETs are signed (AWS Signature Version 4)."""

    def __init__(self, port):
        self.host = f"127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, scope = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}/us-east-1/s3/aws4_request"
        quoted = urllib.parse.quote(path)
        headers = {"host": self.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": stamp}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"GET\n{quoted}\n\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        self.connection.request("GET", quoted, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"GET {path}: {response.status} {body[:300]!r}")
        return body


class Service(loads.Service):
    """Over the bucket; asked over one connection, kept open."""

    def __init__(self, data, arguments, environment):
        self.arguments = arguments
        os.environ.update(environment)
        super().__init__(data)

    def command(self, data):
        return [*super().command(data), *self.arguments]

    def ask(self, day):
        if not hasattr(self, "kept"):
            self.kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sql", "Accept": "text/csv"}
        sql = f"SELECT count(*) AS n, round(sum(amount), 2) AS amount FROM metrics.readings WHERE day = DATE '{day}'"
        self.kept.request("POST", "/v1/sql", body=sql, headers=headers)
        response = self.kept.getresponse()
        answer = response.read()
        if response.status != 200:
            raise SystemExit(f"{sql}: {response.status} {answer[:500]!r}")
        return answer.decode().split("\n")[1]


def took(job, *arguments):
    """Milliseconds, and what came of it."""
    begun = time.perf_counter()
    result = job(*arguments)
    return (time.perf_counter() - begun) * 1000, result


def files_by_day(bucket_folder):
    import duckdb

    found = duckdb.sql(
        f"SELECT filename, min(day), max(day) FROM read_parquet('{bucket_folder}/**/*.parquet', filename = true) GROUP BY 1"
    ).fetchall()
    days = {first: name for name, first, last in found if first == last}
    if len(days) != len(found):
        raise SystemExit(f"{len(found)} files of {len(days)} days; expected one a day")
    return days


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--years", type=int, default=10)
    arguments.add_argument("--rows", type=int, default=500, help="a day")
    arguments.add_argument("--days", type=int, default=60, help="that are asked for")
    arguments.add_argument("--seed", type=int, default=14)
    arguments.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = arguments.parse_args()
    work = pathlib.Path(options.work or tempfile.mkdtemp(prefix="sightglass-cold-"))
    home = subprocess.run([loads.ROOT / "mvnw", "--print-java-home"], capture_output=True, text=True, check=True)
    target = loads.ROOT / "benchmarks" / "target"
    if not (target / "lib").is_dir():
        build = [loads.ROOT / "mvnw", "-q", "-B", "-Dmaven.test.skip=true", "-pl", "benchmarks", "-am", "package"]
        subprocess.run(build, check=True, cwd=loads.ROOT)
    store = subprocess.Popen(
        [f"{home.stdout.strip()}/bin/java", "-Xmx256m", "-cp", f"{target / 'classes'}:{target / 'lib'}/*",
         "io.sightglass.benchmarks.S3Server", work / "s3", "lake", "vault"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        measure(options, work, int(store.stdout.readline()))
    finally:
        store.stdin.close()
        store.wait(30)
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)


def measure(options, work, port):
    for name, text in PACK.items():
        path = work / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    days = write_landing(work / "landing" / "metrics", options.years, options.rows)
    over_s3 = [
        "--views", str(work / "pack"), "--landing", (work / "landing").as_uri(), "--warehouse", "s3://lake/tables",
        "--vault", "s3://vault", "--s3-endpoint", f"http://127.0.0.1:{port}", "--s3-path-style",
    ]  # fmt: skip
    environment = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    os.environ.update(environment)
    data = work / "data"
    status, seconds, cpu, memory = loads.run(loads.LAUNCHER, "load", "--once", "--data", str(data), *over_s3)
    print(f"load --once ended with {status} after {seconds:.1f} s, {cpu:.1f} s of CPU, peak {memory:.0f} MB", flush=True)
    if status != 0:
        raise SystemExit("the table was not loaded")
    files = files_by_day(work / "s3" / "lake")
    if len(files) != days:
        raise SystemExit(f"{len(files)} files; expected {days}, one a day")
    # The load has warmed nothing, or it is gone: what the service holds is on S3 alone.
    shutil.rmtree(data / "cache", ignore_errors=True)

    chosen = random.Random(options.seed).sample(sorted(files), options.days + WARM_UP + 1)
    bucket = Bucket(port)
    got = {day: "/" + str(pathlib.Path(files[day]).relative_to(work / "s3")) for day in chosen}
    with Service(str(data), over_s3, environment) as service:
        first = took(service.ask, chosen[0])[0]
        for day in chosen[1 : WARM_UP + 1]:
            service.ask(day)
            bucket.get(got[day])
        cold, warm, gets, sizes = [], [], [], []
        for number, day in enumerate(chosen[WARM_UP + 1 :]):
            if number % 2:
                gets.append(took(bucket.get, got[day]))
            taken, answer = took(service.ask, day)
            if not number % 2:
                gets.append(took(bucket.get, got[day]))
            if answer.split(",")[0] != str(options.rows):
                raise SystemExit(f"{day}: {answer}; expected {options.rows} rows")
            cold.append(taken)
            warm.append(took(service.ask, day)[0])
            sizes.append(len(gets[-1][1]))
    record(options, days, sizes, first, cold, warm, [taken for taken, _ in gets])


def record(options, days, sizes, first, cold, warm, gets):
    now = datetime.datetime.now(datetime.timezone.utc)
    more = [a - b for a, b in zip(cold, gets)]

    def row(name, values):
        ninth = statistics.quantiles(values, n=10)[-1]
        return f"| {name} | {statistics.median(values):.1f} | {ninth:.1f} |"

    lines = [
        f"# One cold day of {options.years} years on S3: {days:,} daily files of {options.rows:,} rows",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {loads.commit()}, {loads.machine()}. `benchmarks/cold_day.py`, {options.days} "
        f"days of seed {options.seed}, each asked for once, after {WARM_UP} others; files of {statistics.median(sizes) / 1000:,.0f} kB; S3Proxy on "
        f"the same machine. Load average {os.getloadavg()[1]:.1f}: times of a busy machine are longer than they need be.",
        "",
        "| milliseconds | median | 9 of 10 within |",
        "|---|---|---|",
        row("one GET of the day's file", gets),
        row("the query, the file not in the cache", cold),
        row("the same query again, the file in the cache", warm),
        row(f"the cold query more than the GET, pair by pair; to reach: {REACH_MS} or less", more),
        "",
        f"The very first query after the start, which reads the table's metadata, too: {first:,.0f} ms.",
        f"Reached: {'yes' if statistics.median(more) <= REACH_MS else 'no'}.",
        "",
    ]
    target = loads.ROOT / "benchmarks" / "results" / f"cold-day-{now:%Y-%m-%d}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
