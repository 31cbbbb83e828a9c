"""Run the site's processes: restart those that die, and stop them together.

A child that dies is started again, after a pause that doubles from one second to half a minute and falls back once it
has lived a minute. SIGINT and SIGTERM ask every child to finish (SIGTERM), wait, and kill what is left.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
PATIENCE = 20.0
LOOK_EVERY = 0.25
_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent() -> None:
    """Called in a new child: when its parent is killed it gets SIGTERM, and does not live on holding the port."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One program to keep alive. `pass_fds` are the descriptors it inherits; times are of the monotonic clock."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self, now: float) -> None:
        # A session of its own: Ctrl-C on the terminal reaches the supervisor alone, which then ends the children.
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.env},
            pass_fds=self.pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has no threads
        )
        self.started = now

    def look(self, now: float, report: Callable[[str], None]) -> None:
        """Notice a death and start again when the pause is over."""
        if self.process is None:
            if now >= self.start_at:
                self.start(now)
            return
        code = self.process.poll()
        if code is None:
            return
        self.process = None
        if now - self.started >= STEADY_AFTER:
            self.pause = FIRST_PAUSE
        self.start_at = now + self.pause
        report(f"{self.name} ended ({_cause(code)}); starting it again in {self.pause:.0f} s")
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def supervise(children: Sequence[Child], report: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM; returns when every child has ended."""
    stop = threading.Event()

    def asked(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stop.is_set():
            for child in children:
                child.look(time.monotonic(), report)
            stop.wait(LOOK_EVERY)
    finally:
        _end(children, report)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(children: Sequence[Child], report: Callable[[str], None]) -> None:
    running = [child for child in children if child.process is not None]
    for child in running:
        if child.process is not None and child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in running:
        assert child.process is not None
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            report(f"{child.name} did not finish in {PATIENCE:.0f} s; killed")
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
