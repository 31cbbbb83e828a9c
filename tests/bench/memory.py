"""What a worker holds after many requests of every kind."""

from __future__ import annotations

from tests.bench import load
from tests.bench.pages import NAMES, paths_of
from tests.bench.servers import SITE, serve
from tests.bench.table import Line
from tests.bench.worlds import world


def memory_lines(*, requests: int) -> list[Line]:
    """One worker, every page by turns: its resident memory after a fifth of the requests and after all."""
    with world() as place:
        app = place.app()
        kinds = [paths_of(app, name) for name in NAMES]
        paths = [path for turn in range(2_000) for kind in kinds for path in (kind[turn % len(kind)],)]
        with serve(SITE, place.env, "--workers", "1") as site:
            early, done = 0.0, 0
            while done < requests:
                done += load.run(site.address, paths, 2).requests
                if not early and done >= requests / 5:
                    early = site.memory_mb()
            late = site.memory_mb()
    met = late <= 150 and late <= early * 1.05
    return [
        Line(
            f"worker memory after {done:,} requests",
            f"{late:.0f} MB, {early:.0f} MB after a fifth of them",
            "≤ 150 MB and flat",
            met,
        )
    ]
