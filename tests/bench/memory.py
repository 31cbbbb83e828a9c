"""What a worker holds after many requests of every kind, and after crawlers and scanners have been by."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.parse import urlsplit

from tests.bench import load
from tests.bench.addresses import crawl, paths_of
from tests.bench.load import PHONE
from tests.bench.pages import NAMES
from tests.bench.servers import Server
from tests.bench.table import Line
from tests.bench.worlds import world

MOST_MB = 200
FLAT = 1.05
PROMISED_AFTER = 50_000
"""Requests; after fewer a worker still fills what it keeps."""


def memory_lines(*, requests: int, crawled: int) -> list[Line]:
    """One worker, every page by turns, then as many different addresses: its resident memory on the way."""
    with world() as place:
        kinds = [paths_of(place, name) for name in NAMES]
        paths = [path for turn in range(2_000) for kind in kinds for path in (kind[turn % len(kind)],)]
        strange = crawl(place, crawled)
        with place.serve("--workers", "1") as site:
            early, done = 0.0, 0
            while done < requests:
                done += load.run(site.address, paths, 2).requests
                if not early and done >= requests / 5:
                    early = site.memory_mb()
            late = site.memory_mb()
            _ask_once(site, islice(strange, crawled // 2))
            half = site.memory_mb()
            wrong = _ask_once(site, strange)
            last = site.memory_mb()
    flat = late <= early * FLAT and last <= half * FLAT
    met = max(late, last) <= MOST_MB and flat and not wrong
    return [
        Line(
            f"worker memory after {done:,} requests and a crawl of {crawled:,} different addresses",
            f"{early:.0f} MB after a fifth of the requests, {late:.0f} after all, {half:.0f} after half of the "
            f"crawl, {last:.0f} after it{f'; {wrong} answers of 500' if wrong else ''}",
            f"≤ {MOST_MB} MB and flat",
            met if done >= PROMISED_AFTER else None,
        )
    ]


def _ask_once(site: Server, paths: Iterable[str]) -> int:
    """Ask for each of these addresses once, four at a time; how many answers were faults of the site."""
    paths = list(paths)
    with ThreadPoolExecutor(4) as threads:
        return sum(threads.map(_ask, [site.address] * 4, [paths[turn::4] for turn in range(4)]))


def _ask(address: str, paths: list[str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    faults = 0
    for path in paths:
        connection.request("GET", path, headers={"User-Agent": PHONE, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        faults += answer.status >= 500
    connection.close()
    return faults
