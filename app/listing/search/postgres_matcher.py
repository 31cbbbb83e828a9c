"""Reading the search tables of PostgreSQL through one connection."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, text

from app.listing.search.correction import KnownWord, Vocabulary
from app.listing.search.finding import Matches
from app.listing.search.postgres_snapshot import Snapshot
from app.listing.search.ranking import add_tiers
from app.listing.search.words import QueryWord

_ALIKE: Final = text(
    "SELECT word, accented, products FROM product_search_word "
    "WHERE word % :word ORDER BY similarity(word, :word) DESC, word LIMIT 10"
)


def has_trigrams(connection: Connection) -> bool:
    """Whether words can be compared by groups of letters here."""
    return bool(connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")))


class Tables:
    """What `find` asks of an engine: answered from the snapshot, which reads what it lacks through the connection."""

    def __init__(self, connection: Connection, snapshot: Snapshot) -> None:
        self._connection = connection
        self._snapshot = snapshot

    def match(self, words: Sequence[QueryWord], limit: int | None) -> Matches:
        """Find the products in which every word occurs, and order them by the tiers."""
        tiers = add_tiers(self._snapshot.tiers(self._connection, word) for word in words)
        return self._snapshot.order.ranked(tiers, limit)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the index."""
        return self

    def starting_with(self, letter: str) -> Iterable[KnownWord]:
        """Every word that begins with this letter or digit."""
        return self._snapshot.vocabulary(self._connection).starting_with(letter)

    def known(self, words: Collection[str]) -> dict[str, KnownWord]:
        """Those of the words that are in the index."""
        return self._snapshot.vocabulary(self._connection).known(words)

    def alike(self, word: str) -> Iterable[KnownWord]:
        """Words that share many groups of letters with this one, the most alike first, where pg_trgm is installed."""
        if not has_trigrams(self._connection):
            return ()
        return [KnownWord(*row) for row in self._connection.execute(_ALIKE, {"word": word})]
