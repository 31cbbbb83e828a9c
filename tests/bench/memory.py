"""What a worker holds after many requests of every kind, and after crawlers and scanners have been by."""

from __future__ import annotations

from itertools import islice

from tests.bench import load
from tests.bench.addresses import crawl, paths_of
from tests.bench.pages import NAMES
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
            load.once(site.address, islice(strange, crawled // 2))
            half = site.memory_mb()
            wrong = sum(n for status, n in load.once(site.address, strange).items() if status >= 500)
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
