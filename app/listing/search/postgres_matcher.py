"""Reading the search tables of PostgreSQL through one connection."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.listing.search.correction import WordList
from app.listing.search.finding import Matches
from app.listing.search.postgres_snapshot import Snapshot
from app.listing.search.ranking import add_tiers
from app.listing.search.words import QueryWord


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
    def vocabulary(self) -> WordList:
        """The words of the index."""
        return self._snapshot.vocabulary(self._connection)
