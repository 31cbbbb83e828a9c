"""`{% cache key, … %}…{% endcache %}`: a part of a page that is drawn once for each value of its keys and language.

For what every page repeats and only its keys change: bars, feet, addresses of the site's own pages. The fragment is
cached for the life of the process and shown as it was drawn, so it may hold nothing of a visitor, a day or the data.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from flask import Flask
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from app.web.language import locale_code

_MOST: Final = 1000
"""Most fragments in the cache. A full cache is emptied: there should be a few dozen."""


class FragmentCache(Extension):
    """The tag `cache` of an environment, with the fragments drawn in it."""

    tags = {"cache"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._drawn: dict[tuple[Hashable, ...], Markup] = {}

    def parse(self, parser: Parser) -> nodes.Node:
        """A call block whose body is drawn only where the fragment is not known."""
        line = next(parser.stream).lineno
        keys: list[nodes.Expr] = [nodes.Const(f"{parser.name}:{line}")]
        while parser.stream.current.type != "block_end":
            keys.append(parser.parse_expression())
            parser.stream.skip_if("comma")
        body = parser.parse_statements(("name:endcache",), drop_needle=True)
        fragment = self.call_method("_fragment", [nodes.Tuple(keys, "load")])
        return nodes.CallBlock(fragment, [], [], body).set_lineno(line)

    def _fragment(self, keys: tuple[Hashable, ...], caller: Callable[[], Markup]) -> Markup:
        key = (locale_code(), *keys)
        drawn = self._drawn.get(key)
        if drawn is None:
            if len(self._drawn) >= _MOST:
                self._drawn.clear()
            drawn = self._drawn[key] = Markup(caller())  # noqa: S704 - drawn by a template that escapes
        return drawn


def register_fragments(app: Flask) -> None:
    """Let templates cache fragments."""
    app.jinja_env.add_extension(FragmentCache)
