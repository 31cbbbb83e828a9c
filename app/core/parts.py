"""What hangs on an application for the life of a process, found by its type: settings, store, engine, caches.

`hang(app, Reader(engine))` once at the start, `part(Reader)` wherever it is needed: the type checker knows what comes
back, and an editor goes to its definition.
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Flask, current_app

Part = TypeVar("Part")
_PARTS = "nguon"


def hang(app: Flask, thing: Part, kind: type[Part] | None = None) -> Part:
    """Hang a part on an application under its own type, or under the interface it is asked for by."""
    parts: dict[type[Any], Any] = app.extensions.setdefault(_PARTS, {})
    parts[kind or type(thing)] = thing
    return thing


def part(kind: type[Part], app: Flask | None = None) -> Part:
    """The part of this type of the running application, or of `app`. Raises KeyError where none hangs there."""
    registered: Part = (app or current_app).extensions[_PARTS][kind]
    return registered
