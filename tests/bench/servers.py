"""Servers side by side: the bare Flask page and the site, under gunicorn with the settings of `flask serve`."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.cli.supervision import die_with_parent

ROOT = Path(__file__).parents[2]
HELLO = "tests.bench.hello:app"
SITE = "bench_site:app"
_SITE_FOLDER = Path(__file__).parent / "served"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A gunicorn that answers at `address`."""

    address: str
    pid: int

    @property
    def workers(self) -> list[int]:
        """Process ids of its workers."""
        return [
            int(child) for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ]

    def cpu_by_worker(self) -> dict[int, float]:
        """Seconds of the processors that each worker has used."""
        told = {pid: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.workers}
        return {pid: (int(field[11]) + int(field[12])) / _TICK for pid, field in told.items()}

    def memory_mb(self) -> float:
        """Resident memory of its largest worker."""
        told = [Path(f"/proc/{pid}/status").read_text() for pid in self.workers]
        sizes = [int(found[1]) / 1024 for text in told if (found := re.search(r"VmRSS:\s+(\d+) kB", text))]
        return max(sizes)


@cache
def options_of(root: Path) -> list[str]:
    """gunicorn's options as that checkout's `flask serve` has them."""
    told = subprocess.run(
        [sys.executable, "-c", "from app.cli.serve import GUNICORN; print(GUNICORN)"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split()


@contextmanager
def serve(target: str, env: Mapping[str, str], *extra: str, root: Path = ROOT) -> Iterator[Server]:
    """Run gunicorn for a target of the checkout at `root` until the block ends."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", *options_of(root), "--log-level", "error"),
        *("--bind", f"127.0.0.1:{port}", *extra, target),
    ]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **env, "PYTHONPATH": str(_SITE_FOLDER)},
            stderr=said,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread of this process runs then
        )
        try:
            _wait(port, process)
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read()[-2000:])
            raise
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.1)
