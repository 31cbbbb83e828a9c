"""The environment in which templates are drawn."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class SharedGlobals(Environment):
    """All templates see the same globals: none is ever loaded with globals of its own.

    Jinja lays a ChainMap over them for each template and compares it key by key at every `{% from … import … %}`; a
    page has some twenty, and with the plain dict those comparisons are free.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own globals."""
        return super().make_globals(d) if d else self.globals
