#!/usr/bin/env python3
"""Loads 30 days of claims and checks every count against an independent reading of the files.

For every file: rowsRead is the sum of the other four counts, all five equal what this script counts by the rules of
sql-views/benefits/claims.yaml, and the files that must be quarantined are. Peak memory of the loading process stays
under 2 GB. Uses the standard library only. The result goes to benchmarks/results/.

    benchmarks/loads.py [--rows 1000000] [--days 30] [--dirty 0.01] [--seed 526] [--work DIR]
"""

import argparse
import concurrent.futures
import csv
import datetime
import gzip
import http.client
import io
import json
import multiprocessing
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAUNCHER = str(ROOT / "sightglass")
MEMORY_LIMIT_MB = 2000
GENERATED_A_MINUTE = 1_000_000
START_SECONDS = 300
COUNTS = ("rowsRead", "rowsWritten", "rowsRejected", "rowsDuplicate", "rowsFiltered")

NULLS = {"", "NULL", "null", "N/A", "\\N"}
OFFICE = zoneinfo.ZoneInfo("America/New_York")


# The contract, a second time: what a cell must be, in the contract's order. A rule raises ValueError.


def whole(low=-(2**63), high=2**63 - 1):
    def rule(text):
        if not re.fullmatch(r"[+-]?[0-9]+", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return rule


def text_like(pattern):
    def rule(text):
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return rule


def one_of(*allowed):
    def rule(text):
        if text not in allowed:
            raise ValueError(text)
        return text

    return rule


def any_text(text):
    return text


def birth_date(text):
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.datetime.strptime(text, pattern).date()
        except ValueError:
            pass
    raise ValueError(text)


def iso_instant(text):
    instant = datetime.datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=datetime.timezone.utc)


def submitted_at(text):
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return datetime.datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=OFFICE)


REQUIRED = {
    "claim_id",
    "veteran_participant_id",
    "station_of_jurisdiction",
    "submitted_at",
    "form_version",
    "status",
}
RULES = {
    "claim_id": whole(),
    "veteran_participant_id": whole(),
    "ssn": text_like(r"([0-9]{3}|CNRY)-[0-9]{2}-[0-9]{4}"),
    "file_number": text_like(r"(CNRY)?[0-9]{8,9}"),
    "first_name": any_text,
    "last_name": any_text,
    "birth_date": birth_date,
    "email": any_text,
    "phone": any_text,
    "zip": text_like(r"[0-9]{5}"),
    "state": text_like(r"[A-Z]{2}"),
    "station_of_jurisdiction": text_like(r"[0-9]{3}"),
    "submitted_at": submitted_at,
    "received_at": iso_instant,
    "form_version": any_text,
    "claim_type": one_of("new", "increase", "secondary", "supplemental"),
    "benefit_claim_type_code": any_text,
    "contention_count": whole(1, 500),
    "primary_diagnostic_code": whole(-(2**31), 2**31 - 1),
    "primary_contention_text": any_text,
    "status": one_of("pending", "established", "decided", "error"),
    "established_at": iso_instant,
    "decided_at": iso_instant,
    "days_to_decision": whole(0, 2**31 - 1),
    "combined_rating": whole(0, 100),
    "submission_channel": one_of("online", "representative", "mail", "in_person"),
    "error_code": any_text,
    "backup_submission": one_of("true", "Y", "false", "N"),
}


def count(path):
    """The five counts of one file, or None where it is cut off."""
    with gzip.open(path, "rb") as file:
        text = file.read().decode("utf-8-sig")
    records = csv.reader(io.StringIO(text, newline=""))
    header = ["zip" if name == "ZIP_CODE" else name for name in next(records)]
    places = [(name, header.index(name), rule) for name, rule in RULES.items()]
    width = len(header)
    read = rejected = filtered = 0
    keys = set()
    record = header
    for record in records:
        read += 1
        row = {}
        ok = len(record) == width
        if ok:
            for name, place, rule in places:
                cell = record[place]
                if cell in NULLS:
                    if name in REQUIRED:
                        ok = False
                        break
                    row[name] = None
                    continue
                try:
                    row[name] = rule(cell)
                except ValueError:
                    ok = False
                    break
        if not ok:
            rejected += 1
        elif row["form_version"] == "draft":
            filtered += 1
        else:
            keys.add(row["claim_id"])
    if len(record) < width and not text.endswith("\n"):
        return None
    return dict(zip(COUNTS, (read, len(keys), rejected, read - rejected - filtered - len(keys), filtered)))


class Service:
    """A started service over the data folder, asked as a steward."""

    def __init__(self, data):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        signed = subprocess.run(
            [LAUNCHER, "token", "--data", data, "--sub", "benchmark", "--roles", "steward,analyst"],
            check=True,
            capture_output=True,
            text=True,
        )
        self.token = signed.stdout.strip().splitlines()[-1]
        self.log = open(os.path.join(data, "..", "serve.log"), "w")
        self.process = subprocess.Popen(self.command(data), stdout=self.log, stderr=self.log)

    def command(self, data):
        return [LAUNCHER, "serve", "--data", data, "--port", str(self.port)]

    def __enter__(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"serve ended with {self.process.returncode}; see {self.log.name}")
            try:
                if self.request("GET", "/health/ready")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit(f"serve was not ready within {START_SECONDS} s; see {self.log.name}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(120)
        self.log.close()

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/sql"
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer

    def get(self, path):
        status, answer = self.request("GET", path)
        if status != 200:
            raise SystemExit(f"GET {path}: {status} {answer[:500]!r}")
        return json.loads(answer)

    def rows(self, sql):
        status, answer = self.request("POST", "/v1/sql", sql.encode())
        if status != 200:
            raise SystemExit(f"{sql}: {status} {answer[:500]!r}")
        return json.loads(answer)["rows"]

    def loads(self):
        found, cursor = {}, ""
        while cursor is not None:
            page = self.get("/v1/loads?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            for load in page["items"]:
                found[load["source"]["name"]] = load
            cursor = page["next"]
        return found


def apart(job, *arguments):
    """What a job gives, done in a process of its own: a child's peak memory is never less than its parent's was."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(job, *arguments).result()


def run(*command, **streams):
    """Runs to the end; its exit code, the seconds it took, CPU seconds, and its peak resident memory in MB."""
    started = time.monotonic()
    process = subprocess.Popen(command, **streams)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (
        process.returncode,
        time.monotonic() - started,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def compare(files, landing, loads):
    """What is wrong, in words; and the sum of all counts."""
    mistakes, total = [], dict.fromkeys(COUNTS, 0)
    for path in files:
        name = path.relative_to(landing).as_posix()
        expected = count(path)
        load = loads.get(name)
        if load is None:
            mistakes.append(f"{name}: no load")
            continue
        if expected is None:
            if (load["state"], load["code"]) != ("QUARANTINED", "CUT_OFF"):
                mistakes.append(f"{name}: {load['state']} {load['code']}; expected QUARANTINED CUT_OFF")
            continue
        seen = {key: load[key] for key in COUNTS}
        if load["state"] != "COMMITTED" or seen != expected:
            mistakes.append(f"{name}: {load['state']} {load['code']} {seen}; expected COMMITTED {expected}")
        elif seen["rowsRead"] != sum(seen[key] for key in COUNTS[1:]):
            mistakes.append(f"{name}: rowsRead is not the sum of the other four: {seen}")
        for key in COUNTS:
            total[key] += expected[key]
    return mistakes, total


def machine():
    model = platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            model = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{os.cpu_count()} cores, {model}, {platform.system()}"


def commit():
    described = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    return described.stdout.strip() or "unknown"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--dirty", type=float, default=0.01)
    arguments.add_argument("--seed", type=int, default=526)
    arguments.add_argument("--work", help="an empty folder to keep; default: a temporary one")
    options = arguments.parse_args()

    work = options.work or tempfile.mkdtemp(prefix="sightglass-loads-")
    data = os.path.join(work, "data")
    landing = pathlib.Path(data, "landing")
    try:
        # Builds what is missing: a build is no part of what is measured.
        subprocess.run([LAUNCHER, "--version"], check=True, stdout=subprocess.DEVNULL)
        status, generating, generating_cpu, _ = run(
            LAUNCHER, "generate", "--out", str(landing), "--rows", str(options.rows), "--days", str(options.days),
            "--dirty", str(options.dirty), "--seed", str(options.seed), "--dataset", "benefits.claims",
        )  # fmt: skip
        if status != 0:
            raise SystemExit(f"generate ended with {status}")
        generated = options.rows / generating * 60
        print(f"generated in {generating:.1f} s: {generated:,.0f} rows a minute", flush=True)

        status, seconds, cpu, memory = run(LAUNCHER, "load", "--once", "--data", data)
        print(f"load --once ended with {status} after {seconds:.1f} s, peak {memory:.0f} MB", flush=True)

        files = sorted(landing.rglob("*.csv.gz"))
        with Service(data) as service:
            loads = service.loads()
            mistakes, total = compare(files, landing, loads)
            seen = service.rows("SELECT count(*), count(DISTINCT claim_id) FROM benefits.claims")[0]
        if seen != [total["rowsWritten"]] * 2:
            mistakes.append(f"benefits.claims has {seen} rows and claims; expected {total['rowsWritten']} of both")
        if options.rows >= GENERATED_A_MINUTE and generated < GENERATED_A_MINUTE:
            mistakes.append(f"generated {generated:,.0f} rows a minute; allowed: {GENERATED_A_MINUTE:,} or more")
        if memory >= MEMORY_LIMIT_MB:
            mistakes.append(f"peak memory {memory:.0f} MB; allowed: under {MEMORY_LIMIT_MB} MB")

        record(options, files, (generating, generating_cpu), (seconds, cpu, memory), total, mistakes)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    for mistake in mistakes:
        print("WRONG " + mistake)
    print("all counts agree" if not mistakes else f"{len(mistakes)} mistakes")
    sys.exit(1 if mistakes else 0)


def record(options, files, generating, loading, total, mistakes):
    seconds, cpu, memory = loading
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [
        f"# Loads: {options.rows:,} claims over {options.days} days, {options.dirty:.1%} dirty",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {commit()}, {machine()}. `benchmarks/loads.py`, seed {options.seed}. "
        f"Load average {os.getloadavg()[1]:.1f}: times of a busy machine are longer than they need be.",
        "",
        "| | |",
        "|---|---|",
        f"| `generate`, wall time and CPU time | {generating[0]:.1f} s, {generating[1]:.1f} s |",
        f"| rows generated a minute; allowed: {GENERATED_A_MINUTE:,} or more | {options.rows / generating[0] * 60:,.0f} |",
        f"| files | {len(files)} |",
        *(f"| {key}, all committed files | {total[key]:,} |" for key in COUNTS),
        "| counts of every file equal to the independent ones | "
        + ("yes |" if not mistakes else f"no: {len(mistakes)} mistakes |"),
        f"| `load --once`, wall time, start of the process included | {seconds:.1f} s |",
        f"| CPU time | {cpu:.1f} s |",
        f"| rows read per CPU second | {total['rowsRead'] / cpu:,.0f} |",
        f"| peak resident memory | {memory:,.0f} MB of {MEMORY_LIMIT_MB:,} MB |",
        "",
    ]
    target = ROOT / "benchmarks" / "results" / f"loads-{now:%Y-%m-%d}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines))
    print(f"result in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
