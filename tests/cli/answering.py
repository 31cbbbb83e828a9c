"""A small site for `test_worker`: answers with its process id."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable


def app(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def broken(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """An application that breaks before it has answered."""
    raise RuntimeError("broken")
