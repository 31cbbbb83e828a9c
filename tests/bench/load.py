"""The load: `wrk` where it is installed, else a raw client in a process of its own. Both keep connections alive.

python -m tests.bench.load ADDRESS SECONDS CONNECTIONS < paths
"""

from __future__ import annotations

import asyncio
import http.client
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "the bench's own raw client (install wrk for less noise)"
CONNECTIONS = 8
PHONE = "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"
_LUA = """
local paths, i = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
local headers = {["User-Agent"] = "%s"}
request = function() i = i %% #paths + 1; return wrk.format("GET", paths[i], headers) end
"""


@dataclass(frozen=True)
class Load:
    """What a run of the load saw."""

    requests: int
    seconds: float
    faults: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def run(address: str, paths: Sequence[str], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask for these paths by turns, over and over, from one process beside this one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paths"
        file.write_text("\n".join(paths) + "\n")
        if WRK:
            return _wrk(address, file, seconds, connections)
        command = [sys.executable, "-m", __name__, address, str(seconds), str(connections)]
        with file.open() as listed:
            told = subprocess.run(command, stdin=listed, capture_output=True, text=True, check=True).stdout
        requests, took, faults = told.split()
        return Load(int(requests), float(took), int(faults))


def _wrk(address: str, paths: Path, seconds: float, connections: int) -> Load:
    script = paths.with_suffix(".lua")
    script.write_text(_LUA % (paths, PHONE))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{round(seconds)}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        address,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", told)
    assert done, told
    answers = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    faults = int(answers[1]) if answers else 0
    faults += sum(map(int, sockets.groups())) if sockets else 0
    return Load(int(done[1]), float(done[2]) / (1000 if done[3] == "ms" else 1), faults)


def once(address: str, paths: Iterable[str], threads: int = 4) -> Counter[int]:
    """Ask for each of these once, from this process; how often which status was answered."""
    asked = list(paths)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(_ask_each, [address] * threads, [asked[turn::threads] for turn in range(threads)])
        return sum(parts, Counter[int]())


def _ask_each(address: str, paths: Sequence[str]) -> Counter[int]:
    headers = {"User-Agent": PHONE, "Accept-Encoding": "gzip"}
    statuses: Counter[int] = Counter()
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        for path in paths:
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as answer:
                answer.read()
                statuses[answer.status] += 1
    return statuses


async def _ask(host: str, port: int, requests: Sequence[bytes], end: float) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection(host, port)
    done = faults = 0
    for request in cycle(requests):
        if time.monotonic() >= end:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length, head
        await reader.readexactly(int(length[1]))
        done += 1
        faults += not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3"))
    writer.close()
    return done, faults


async def _main(address: str, seconds: float, connections: int, paths: Sequence[str]) -> None:
    url = urlsplit(address)
    assert url.hostname
    assert url.port
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: {PHONE}\r\n\r\n".encode() for path in paths
    ]
    start = time.monotonic()
    share = [requests[at::connections] or requests for at in range(connections)]
    asked = [_ask(url.hostname, url.port, some, start + seconds) for some in share]
    ends = await asyncio.gather(*asked)
    done, faults = map(sum, zip(*ends, strict=True))
    print(done, time.monotonic() - start, faults)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.stdin.read().split()))
