"""The other side of `app.core.sandbox`: a program of its own that knows nothing of the site but the function asked for.

Its arguments: the folder of the code, seconds of computing, megabytes, module:function, further arguments as JSON. It
answers {"result": …}, {"refused": [kind, code, field, facts]} or {"failed": a traceback}.
"""

from __future__ import annotations

import base64
import importlib
import json
import math
import os
import resource
import signal
import sys
import traceback
from typing import Any, BinaryIO

OUT_OF_MEMORY = 9
"""The exit code of a child that was refused more memory; the parent asks only whether it is 0."""


def limit(cpu_seconds: float, megabytes: int) -> None:
    """End this process when it computes for longer, let it have no more memory and write no file."""
    os.nice(2)  # pages go first
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # ends it by SIGPROF, to the hundredth of a second
    most = math.ceil(cpu_seconds) + 1  # and should that be taken off, by SIGXCPU
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def answer(name: str, body: bytes, facts: list[Any]) -> dict[str, Any]:
    """Call the function. Raises MemoryError when it was refused memory."""
    from app.core.errors import Refusal  # the code of the site is found only now

    module, _, function = name.partition(":")
    try:
        return {"result": getattr(importlib.import_module(module), function)(body, *facts)}
    except Refusal as refusal:
        return {"refused": [type(refusal).__name__, refusal.code, refusal.field, refusal.facts]}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the parent raises it again
        return {"failed": traceback.format_exc()}


def main(arguments: list[str], given: BinaryIO, out: BinaryIO) -> int:
    """Answer once. Returns the exit code."""
    name, facts = arguments
    try:
        written = json.dumps(answer(name, given.read(), json.loads(facts)), default=_as_text)
    except MemoryError:
        return OUT_OF_MEMORY
    out.write(written.encode())
    return 0


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"the sandbox answers in JSON, not with {type(value).__name__}")


if __name__ == "__main__":
    root, seconds, megabytes = sys.argv[1:4]
    limit(float(seconds), int(megabytes))
    sys.path.insert(0, root)
    sys.exit(main(sys.argv[4:], sys.stdin.buffer, sys.stdout.buffer))
