"""Work whose length strangers decide (a picture to decode), done in a child process with an end on every side.

The child is a fresh interpreter that knows nothing of the site: no environment, so no secrets, no open files, no
database. It runs one function of ours on the bytes it is given and answers in JSON, since whoever takes a decoder over
must not be believed. It starts in some 50 ms, so none is kept: nothing of one stranger's picture meets the next.

Waiting costs the site a thread, so a queue is short, and who finds it full is told at once to come back.
"""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog

from app.core import clock, errors
from app.core.db import outside_atomic
from app.core.errors import Busy, InvalidInput, Refusal

COME_BACK: Final = 3
"""Seconds after which a full queue is worth another try."""
_CHILD: Final = Path(__file__).with_name("sandbox_child.py")
_ROOT: Final = Path(__file__).parents[2]
# Of the four threads of a web worker (app.cli.serve) one is always left to answer everybody else.
_THREADS = threading.BoundedSemaphore(3)
_BY_NAME: Final[dict[str, type[Refusal]]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Refusal)
}
log = structlog.get_logger()


class Sandbox:
    """One child at a time in this process of the site, and one caller who waits for it.

    `seconds` are those of the clock on the wall, waiting included; `cpu_seconds` those that the child may compute;
    `megabytes` its address space, the interpreter's own 100 or so included.
    """

    def __init__(self, *, seconds: float, cpu_seconds: float, megabytes: int) -> None:
        self.seconds, self.cpu_seconds, self.megabytes = seconds, cpu_seconds, megabytes
        self._places = threading.BoundedSemaphore(2)
        self._turn = threading.Lock()

    def run(self, function: Callable[..., Any], body: bytes, *facts: Any, field: str | None = None) -> Any:
        """What `function(body, *facts)` gives in the child, by way of JSON: lists for tuples, base64 for bytes.

        The function is one of a module that imports neither Flask nor the database; `facts` pass through JSON too.
        Refusals of the function are raised again. Raises InvalidInput at `field` (`too-costly`) when the child used up
        its computing time or memory, Busy (`too-many-at-once`, retry_after) when the queue was full or time ran out.
        """
        outside_atomic("work in a sandbox")
        latest = clock.timer() + self.seconds
        with ExitStack() as held:
            for free in (_THREADS, self._places):
                if not free.acquire(blocking=False):
                    raise _busy(field)
                held.callback(free.release)
            if not self._turn.acquire(timeout=self.seconds):
                raise _busy(field)
            held.callback(self._turn.release)
            answer = self._in_child(function, body, facts, latest, field)
        return _taken(answer, field)

    def _in_child(
        self,
        function: Callable[..., Any],
        body: bytes,
        facts: tuple[Any, ...],
        latest: float,
        field: str | None,
    ) -> dict[str, Any]:
        limits = (str(self.cpu_seconds), str(self.megabytes))
        name = f"{function.__module__}:{function.__name__}"
        command = [sys.executable, "-I", str(_CHILD), str(_ROOT), *limits, name, json.dumps(facts)]
        try:
            done = subprocess.run(
                command,
                input=body,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=max(0.0, latest - clock.timer()),
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            raise _busy(field) from None  # it was not the work: that has a limit of its own
        if done.returncode:
            ended_by = signal.Signals(-done.returncode).name if done.returncode < 0 else done.returncode
            log.warning("sandbox.ended", work=name, by=ended_by, bytes=len(body))
            raise InvalidInput("too-costly", field=field)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def _taken(answer: dict[str, Any], field: str | None) -> Any:
    if "refused" in answer:
        kind, code, of_field, facts = answer["refused"]
        raise _BY_NAME[kind](code, field=field or of_field, **facts)
    if "failed" in answer:
        raise RuntimeError(f"a fault in the sandbox\n{answer['failed']}")
    return answer["result"]


def _busy(field: str | None) -> Busy:
    return Busy("too-many-at-once", field=field, retry_after=COME_BACK)


def as_bytes(text: str) -> bytes:
    """The bytes that a function gave in the child."""
    return base64.b64decode(text, validate=True)
