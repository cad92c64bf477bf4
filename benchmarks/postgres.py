"""A PostgreSQL of its own for a measurement, and the CPU time of all its processes.

Its programs are those of $PGBIN, else of the system, else those that the build's tests have in Maven's repository.
"""

import os
import pathlib
import platform
import pwd
import shutil
import socket
import subprocess
import tarfile
import tempfile
import zipfile

TICKS = os.sysconf("SC_CLK_TCK")
REPOSITORY = pathlib.Path.home() / ".m2" / "repository" / "io" / "zonky" / "test" / "postgres"


def programs(unpacked):
    """The folder with initdb and postgres."""
    named = os.environ.get("PGBIN")
    if named:
        return pathlib.Path(named)
    installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    machine = "arm64v8" if platform.machine() == "aarch64" else "amd64"
    jars = sorted(REPOSITORY.glob(f"embedded-postgres-binaries-linux-{machine}/*/*.jar"))
    if not jars:
        raise SystemExit("No PostgreSQL: set PGBIN, install it, or run the engine's tests once")
    with zipfile.ZipFile(jars[-1]) as jar:
        name = next(name for name in jar.namelist() if name.endswith(".txz"))
        with jar.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as archive:
            archive.extractall(unpacked, filter="tar")
    return unpacked / "bin"


class Postgres:
    """Started with its defaults but for 512 MB of shared memory; gone, with its data, at the end."""

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="sightglass-pg-"))
        self.bin = programs(self.home / "programs")
        self.user = self.owner()
        if self.user:
            os.chmod(self.home, 0o755)
            for path in (self.home, *self.home.rglob("*")):
                shutil.chown(path, self.user.pw_uid, self.user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        db = self.home / "db"
        self.run("initdb", "-D", db, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=512MB"
        self.run("pg_ctl", "-w", "-D", db, "-l", self.home / "log", "-o", options, "start")
        self.pid = int((db / "postmaster.pid").read_text().split()[0])
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-w", "-m", "fast", "-D", self.home / "db", "stop")
        shutil.rmtree(self.home)

    @staticmethod
    def owner():
        """PostgreSQL refuses to be run by root."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                pass
        raise SystemExit("PostgreSQL refuses to be run by root, and there is neither a user postgres nor nobody")

    def run(self, program, *arguments):
        as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        done = subprocess.run(
            [self.bin / program, *map(str, arguments)],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **as_user,
        )  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"{program} ended with {done.returncode}: {done.stderr[-500:]}")

    def cpu(self):
        """Seconds of the postmaster, of its living children, and of the dead ones that it has waited for."""
        total = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # It has ended meanwhile, and counts as the postmaster's.
            if int(stat.parent.name) == self.pid:
                total += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.pid:
                total += sum(map(int, fields[11:13]))
        return total / TICKS

    def version(self):
        named = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True, check=True)
        return named.stdout.split()[2]

    @property
    def url(self):
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def jdbc(self):
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres?user=postgres"
