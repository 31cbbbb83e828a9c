"""One generation of a Whoosh index, open for reading."""

import threading
from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, KEYWORD, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound

from app.core.text import fold, spelling
from app.listing.search.correction import KnownWord, WordList
from app.listing.search.finding import Matches
from app.listing.search.ranking import Order, Places, TierCache, Tiers, add_tiers, set_of
from app.listing.search.words import QueryWord

SCHEMA = Schema(
    product=ID(unique=True),
    number=COLUMN(NumericColumn("q")),
    exact=KEYWORD(scorable=False),
    name=KEYWORD(scorable=False),
    anywhere=KEYWORD(scorable=False),
    head=ID(),
    prior=COLUMN(NumericColumn("d")),
)
"""`anywhere` holds the words of the name too, so that it alone decides what matches; the others only rank.
`product` finds a document to replace, `number` is the same id in a column that is read in one go."""


class Snapshot:
    """An open reader with the tiers of the words that queries met so far.

    Whoosh's readers move a file position and may not be shared between threads: `lock` is held around every use.
    """

    def __init__(self, folder: Path) -> None:
        """Open the newest state in `folder`. Raises OSError or whoosh's errors when there is none."""
        self.lock = threading.Lock()
        self.closed = False
        self._reader = FileStorage(str(folder)).open_index(schema=SCHEMA).reader()
        ids, priors = self._column("number"), self._column("prior")
        documents = sorted(range(len(ids)), key=ids.__getitem__)
        documents.sort(key=priors.__getitem__, reverse=True)
        self._order = Order.of(map(ids.__getitem__, documents), map(priors.__getitem__, documents))
        self._place_of_document = array("I", bytes(array("I").itemsize * len(documents)))
        for place, document in enumerate(documents):
            self._place_of_document[document] = place
        self._tiers = TierCache()

    def _column(self, field: str) -> list[Any]:
        reader = self._reader
        return list(reader.column_reader(field, translate=False)) if reader.doc_count_all() else []

    @property
    def empty(self) -> bool:
        """Whether this generation holds no product."""
        return not self._order.ids

    def close(self) -> None:
        """Let go of the files once the query that is using them is done."""
        with self.lock:
            self.closed = True
            self._tiers.clear()
            self._reader.close()

    def match(self, words: Sequence[QueryWord], limit: int | None) -> Matches:
        """Find the products in which every word occurs, and order them by the tiers."""
        tiers = add_tiers(self._tiers.get(word, self._read_tiers) for word in words)
        return self._order.ranked(tiers, limit)

    def _read_tiers(self, word: QueryWord) -> Tiers:
        begins_in_name = begins_anywhere = 0
        if word.prefix:
            begins_in_name = self._beginning_with("name", word.folded)
            begins_anywhere = self._beginning_with("anywhere", word.folded)
        return Places(
            exact=self._having("exact", word.exact),
            name=self._having("name", word.folded),
            begins_in_name=begins_in_name,
            anywhere=self._having("anywhere", word.folded),
            begins_anywhere=begins_anywhere,
            head=self._having("head", word.folded),
        ).tiers()

    def _having(self, field: str, *words: str) -> int:
        """Return the set of the products with one of these words in a field."""
        places = (
            self._place_of_document[document] for word in words for document in self._documents(field, word)
        )
        return set_of(places, len(self._order.ids))

    def _beginning_with(self, field: str, prefix: str) -> int:
        words = list(self._reader.expand_prefix(field, prefix))
        return self._having(field, *(word.decode() for word in words))

    def _documents(self, field: str, word: str) -> Iterable[int]:
        try:
            documents: Iterable[int] = self._reader.postings(field, word).all_ids()
        except TermNotFound:
            return ()
        return documents

    @cached_property
    def vocabulary(self) -> WordList:
        """The words of this generation, read when the first query finds nothing."""
        spellings: dict[str, tuple[int, str]] = {}
        for accented, products in self._counted("exact"):
            folded = spelling(fold(accented))
            spellings[folded] = max(spellings.get(folded, (0, "")), (products, accented))
        return WordList(
            KnownWord(folded, spellings.get(folded, (0, folded))[1], products)
            for folded, products in self._counted("anywhere")
        )

    def _counted(self, field: str) -> Iterable[tuple[str, int]]:
        if self.empty:
            return
        for (name, word), info in self._reader.iter_from(field, ""):
            if name != field:
                return
            yield word.decode(), info.doc_frequency()
