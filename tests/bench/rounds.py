"""Rounds: hello and the pages by turns, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench import load
from tests.bench.servers import Server
from tests.bench.table import Line, Spread

CONNECTIONS = (4, 16)
ONE_SIDED = 0.85
"""Of hello's processor time used by one worker: from here on one worker answered (nearly) all of it.

Who accepts a kept-alive connection is the kernel's choice, and a run has few of them. A hello answered by one worker is
half a hello, and every page beside it looks twice as fast as it is: such a run is thrown away and made again, and where
it stays so the row says it. A page that one worker answered alone is counted as it is, and said too.
"""
TRIES = 8


@dataclass(frozen=True)
class Run:
    """One load on one server: CPU in microseconds a request, and the part of it that the busiest worker had."""

    rate: float
    cpu_us: float
    requests: int
    busiest: float

    @property
    def alone(self) -> bool:
        """Whether one worker answered (nearly) all of it."""
        return self.busiest >= ONE_SIDED


@dataclass(frozen=True, eq=False)
class Case:
    """What is asked in a round: `server` for `paths` by turns, over so many connections at once."""

    server: Server
    paths: Sequence[str]
    connections: int


@dataclass(frozen=True)
class Round:
    """A page, the hello before it, and how many hellos were thrown away for that one."""

    hello: Run
    page: Run
    thrown: int


@dataclass(frozen=True)
class Figures:
    """Of one case over all rounds; ratios are to hello in the same round.

    `thrown` counts the hellos thrown away because one worker answered them, `alone_hello` those that had to be taken
    all the same, `alone` the pages' runs that one worker answered.
    """

    cpu_ratio: Spread
    rate_ratio: Spread
    cpu_us: Spread
    rate: Spread
    hello_rate: Spread
    thrown: int
    alone: int
    alone_hello: int
    requests: int


def ask(server: Server, paths: Sequence[str], seconds: float, connections: int) -> Run:
    """Load a server. Raises RuntimeError for a single wrong answer."""
    before = server.cpu_by_worker()
    done = load.run(server.address, paths, seconds, connections)
    if done.faults or not done.requests:
        raise RuntimeError(f"{done.faults} faults in {done.requests} requests for {paths[0]}")
    used = [seconds - before.get(pid, 0.0) for pid, seconds in server.cpu_by_worker().items()]
    total = sum(used) or 1e-9
    return Run(done.rate, total / done.requests * 1e6, done.requests, max(used) / total)


def warm(server: Server, paths: Sequence[str]) -> None:
    """Until every worker has drawn what it keeps: every address asked some times, and no run much faster than the last.

    Three runs at least, since stamps seen for the first time and seen before have pages of their own.
    """
    before, asked = 0.0, 0
    for turn in range(12):
        done = load.run(server.address, paths, 2, 8)
        asked += done.requests
        if turn >= 2 and asked >= min(4 * len(paths), 20_000) and done.rate < 1.3 * before:
            return
        before = done.rate


def measure(
    hello: Server, turns: Sequence[Sequence[Case]], *, rounds: int, seconds: float, hello_seconds: float = 2
) -> dict[Case, Figures]:
    """Every turn once a round: hello, then the turn's cases, all over as many connections."""
    seen: dict[Case, list[Round]] = {}
    for _ in range(rounds):
        for cases in turns:
            base, thrown = even_hello(hello, hello_seconds, cases[0].connections)
            for case in cases:
                page = ask(case.server, case.paths, seconds, case.connections)
                seen.setdefault(case, []).append(Round(base, page, thrown))
    return {case: _figures(some) for case, some in seen.items()}


def _figures(some: Sequence[Round]) -> Figures:
    return Figures(
        cpu_ratio=Spread.of([one.hello.cpu_us / one.page.cpu_us for one in some]),
        rate_ratio=Spread.of([one.page.rate / one.hello.rate for one in some]),
        cpu_us=Spread.of([one.page.cpu_us for one in some]),
        rate=Spread.of([one.page.rate for one in some]),
        hello_rate=Spread.of([one.hello.rate for one in some]),
        thrown=sum(one.thrown for one in some),
        alone=sum(one.page.alone for one in some),
        alone_hello=sum(one.hello.alone for one in some),
        requests=sum(one.page.requests for one in some),
    )


def even_hello(hello: Server, seconds: float, connections: int) -> tuple[Run, int]:
    """A run of hello that more than one worker answered if it can be had, and how many were thrown away for it."""
    thrown = 0
    while (run := ask(hello, ["/"], seconds, connections)).alone and thrown < TRIES:
        thrown += 1
    return run, thrown


def line(work: str, figures: Figures, target: float | None = None, *, by_cpu: bool = False) -> Line:
    """A row of the table. Reached when both ratios reach the target; `by_cpu`: when that of the processor does."""
    measured = (
        f"CPU {figures.cpu_ratio.show()}, req/s {figures.rate_ratio.show()} of hello; "
        f"{figures.cpu_us.median:,.0f} µs; {figures.rate.median:,.0f}/s beside {figures.hello_rate.median:,.0f}/s"
    )
    told = {
        "hello by one worker thrown away": figures.thrown,
        "such counted": figures.alone_hello,
        "of the page by one worker": figures.alone,
    }
    measured += "".join(f"; {count} {words}" for words, count in told.items() if count)
    if target is None:
        return Line(work, measured)
    ratios = [figures.cpu_ratio.median] if by_cpu else [figures.cpu_ratio.median, figures.rate_ratio.median]
    return Line(work, measured, f"≥ {target:.2f} {'by CPU' if by_cpu else 'both'}", min(ratios) >= target)
