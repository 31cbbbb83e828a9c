"""What a search engine takes and gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.core.errors import Refusal

Progress = Callable[[int], None]
"""Called now and then with the number of documents done so far."""


class SearchUnavailable(Refusal):
    """There is no index yet, or the engine does not answer; `reason` among the facts."""

    status = 503
    code = "search-unavailable"


@dataclass(frozen=True, slots=True)
class ProductDocument:
    """The searchable text of one product, as people wrote it but for names of places run together; engines fold it.

    `place_terms` holds today's and the former names of province, district and commune. `weight` (0 to 1, cut to
    that range) settles ties between products whose text fits equally well.
    """

    id: int
    name: str
    producer: str = ""
    place_terms: str = ""
    group_terms: str = ""
    description: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class SearchHits:
    """Product ids, best first, with their scores; equal scores stand in the order of the ids.

    `total` counts every hit, also those beyond the limit. `corrected` is the text that was searched instead when
    the words as typed found nothing. `terms` are the folded words that were searched, for the highlighter.
    """

    ids: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    total: int = 0
    corrected: str | None = None
    terms: tuple[str, ...] = ()


class SearchBackend(Protocol):
    """A search engine. Reading is safe from any thread and process; writing is one job's or command's work."""

    def rebuild(self, docs: Iterable[ProductDocument], progress: Progress | None = None) -> int:
        """Index `docs` and nothing else, visible to every reader at once when done; return their number.

        Readers see the former index until then, and for good when this raises. Raises Busy when another
        writer is at work.
        """
        ...

    def update(self, docs: Iterable[ProductDocument]) -> None:
        """Index `docs` in place of what is known under their ids. Raises Busy."""
        ...

    def delete(self, ids: Iterable[int]) -> None:
        """Forget these products; unknown ids are passed over. Raises Busy."""
        ...

    def query(self, text: str, limit: int | None = None) -> SearchHits:
        """Find products in which every word of `text` occurs, at most `limit` (1 or more; None for all).

        Any text is taken; one without a letter or digit finds nothing. Raises SearchUnavailable.
        """
        ...

    def healthy(self) -> bool:
        """Whether a query would be answered now."""
        ...

    def empty(self) -> bool:
        """Whether no product is indexed. Raises SearchUnavailable."""
        ...

    def position(self) -> str:
        """How far the index was written, as a text that no other index and no other write has.

        Raises SearchUnavailable.
        """
        ...

    def detail(self) -> str:
        """One line for readiness: which engine, and what it cannot do here."""
        ...
