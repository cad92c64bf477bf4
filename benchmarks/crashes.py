#!/usr/bin/env python3
"""Kills the service with kill -9 at random moments while rounds of 60 files load, for long.

Runs web/src/test/java/io/sightglass/web/clients/CrashIT.java, whose short form is part of the build, with more kills: one
process over a folder and SQLite, or two replicas over S3 (S3Proxy) and PostgreSQL. A reader asks all the time and fails the
run when it sees half of a file, a file twice, an older version after a newer one, or identities without their rows; after
each round every row must be there exactly once. Uses the standard library only. The result goes to benchmarks/results/.

    benchmarks/crashes.py [--kills 200] [--seed 526] [--replicas 1|2] [--offline]
"""

import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT = ROOT / "web" / "target" / "crashes"
TESTS = {1: "oneProcessOverAFolder", 2: "twoReplicasOverOnePostgresAndBuckets"}
NAMES = {1: "one process, folder, SQLite", 2: "two replicas, S3, PostgreSQL"}


def build(options):
    command = ["./mvnw", "-q", "verify", "-pl", "engine,web", "-Dtest=NoneSuch"]
    command += [f"-Dit.test=CrashIT#{TESTS[options.replicas]}"]
    command += ["-Dsurefire.failIfNoSpecifiedTests=false", "-Dfailsafe.failIfNoSpecifiedTests=false"]
    command += [f"-Dcrashes.kills={options.kills}", f"-Dcrashes.seed={options.seed}"]
    return command + (["-o"] if options.offline else [])


def commit():
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=526)
    parser.add_argument("--replicas", type=int, choices=(1, 2), default=1)
    parser.add_argument("--offline", action="store_true")
    options = parser.parse_args()
    for old in KEPT.glob("*.txt"):
        old.unlink()
    load = os.getloadavg()[0]
    begun = time.time()
    status = subprocess.run(build(options), cwd=ROOT).returncode
    figures = [file.read_text().strip() for file in sorted(KEPT.glob("*.txt"))]
    result = "every row exactly once, nothing half visible" if status == 0 else "FAILED: see web/target/failsafe-reports"
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [
        f"# kill -9, {options.kills} times: {NAMES[options.replicas]}",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {commit()}, {os.cpu_count()} cores, {platform.system()}. "
        f"`benchmarks/crashes.py --kills {options.kills} --seed {options.seed} --replicas {options.replicas}`. "
        f"Load average before: {load:.1f}.",
        "",
        f"Result: {result}.",
        "",
        *(f"* {line}" for line in figures),
        f"* build and run: {time.time() - begun:.0f} s",
        "",
    ]
    target = ROOT / "benchmarks" / "results" / f"crashes-{options.replicas}-{now:%Y-%m-%d}.md"
    target.write_text("\n".join(lines))
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
