"""What a request may carry: text that a database can hold, numbers that fit its columns, redirects that stay here.

PostgreSQL refuses U+0000 in text, and neither engine takes a number of more than 64 bits. An address that holds such a
thing is not found before any view is asked; in a query or a form U+0000 becomes U+FFFD, as in HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map, PathConverter, RequestRedirect, UnicodeConverter

MOST_DIGITS = 12
"""Enough for every id and page; what views multiply them by still fits into 64 bits."""


class TextConverter(UnicodeConverter):
    """One part of a path, as Werkzeug takes it, without U+0000."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, *args, **kwargs)
        self.regex = self.regex.replace("[^/]", "[^/\\0]")


class RestConverter(PathConverter):
    """The rest of a path with its slashes, as Werkzeug takes it; a line break in it is a sign like any other."""

    regex = r"[^/][\s\S]*?"


class NumberConverter(IntegerConverter):
    """A whole number in ASCII digits, at most MOST_DIGITS of them."""

    regex = rf"[0-9]{{1,{MOST_DIGITS}}}"


class Parameters(ImmutableMultiDict[str, Any]):
    """What a query or a form holds (or its files, which pass as they are)."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__(
            [
                (name, value.replace("\0", "\ufffd") if isinstance(value, str) else value)
                for name, value in pairs or ()
            ]
        )


class Asked(Request):
    """A request whose query and form hold no U+0000."""

    parameter_storage_class = Parameters


def register_intake(app: Flask) -> None:
    """Let every rule that is registered from now on read its parts so."""
    app.url_map.converters.update(
        default=TextConverter, string=TextConverter, path=RestConverter, int=NumberConverter
    )


def stay_here(error: RequestRedirect) -> None:
    """Let Werkzeug's redirects (a slash added, slashes merged) name no host: the asked one may be anybody's."""
    address = urlsplit(error.new_url)
    path = "/" + address.path.lstrip("/")
    error.new_url = f"{path}?{address.query}" if address.query else path
