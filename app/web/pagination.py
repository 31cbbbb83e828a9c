"""Pages of a list, and the addresses of the same list asked otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

Pairs = tuple[tuple[str, str], ...]
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def page_number(asked: str) -> int:
    """The page asked for; the first for anything that is no number of a page."""
    return int(asked) if _NUMBER.fullmatch(asked) else 1


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands in a list: numbers count from 1; an empty list still has a first page."""

    number: int
    per_page: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.per_page

    @property
    def beyond(self) -> bool:
        """Past the last page: such a page is empty and points to the last."""
        return self.number > self.last


@dataclass(frozen=True, slots=True)
class Address:
    """A path with its query as pairs in their order; each change gives another address."""

    path: str
    pairs: Pairs = ()

    def with_only(self, name: str, *values: str) -> Address:
        """The same with this parameter's values in place of the former; without any the parameter goes."""
        others = tuple(pair for pair in self.pairs if pair[0] != name)
        return Address(self.path, others + tuple((name, value) for value in values))

    def without(self, name: str, value: str) -> Address:
        """The same without one value of a parameter."""
        return Address(self.path, tuple(pair for pair in self.pairs if pair != (name, value)))

    def plus(self, name: str, value: str) -> Address:
        """The same with one more value of a parameter."""
        return Address(self.path, (*self.pairs, (name, value)))

    def at_page(self, number: int) -> Address:
        """The same at a page; the first one bears no number."""
        return self.with_only("page", str(number)) if number > 1 else self.with_only("page")

    def page(self, number: int) -> str:
        """The address of a page, for templates."""
        return str(self.at_page(number))

    def __str__(self) -> str:
        return f"{self.path}?{query_string(self.pairs)}" if self.pairs else self.path


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs as a query; `@` stays readable, for former provinces bear it (``lao-cai@vn63``)."""
    return urlencode(list(pairs), safe="@")
