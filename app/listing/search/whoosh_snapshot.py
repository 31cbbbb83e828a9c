"""One generation of a Whoosh index, open for reading."""

import heapq
import threading
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, KEYWORD, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound

from app.core.text import fold
from app.listing.search.correction import KnownWord, Vocabulary
from app.listing.search.finding import Matches
from app.listing.search.words import (
    ANYWHERE,
    BEGINS_ANYWHERE,
    BEGINS_IN_NAME,
    EXACT_IN_NAME,
    HEADS_NAME,
    IN_NAME,
    QueryWord,
)

_CACHED_WORDS = 256  # lists of documents kept per generation: the commonest syllables are in most queries

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
    """An open reader with the lists of documents that queries met so far.

    Whoosh's readers move a file position and may not be shared between threads: `lock` is held around every use.
    """

    def __init__(self, folder: Path) -> None:
        """Open the newest state in `folder`. Raises OSError or whoosh's errors when there is none."""
        self.lock = threading.Lock()
        self.closed = False
        self._reader = FileStorage(str(folder)).open_index(schema=SCHEMA).reader()
        documents = self._reader.doc_count_all()
        self._products: array[int] = array("q", self._column("number", documents))
        self._priors: array[float] = array("d", self._column("prior", documents))
        self._documents = lru_cache(_CACHED_WORDS)(self._read_documents)

    def _column(self, field: str, documents: int) -> Iterable[Any]:
        return self._reader.column_reader(field, translate=False) if documents else ()

    @property
    def empty(self) -> bool:
        """Whether this generation holds no product."""
        return not self._products

    def close(self) -> None:
        """Let go of the files once the query that is using them is done."""
        with self.lock:
            self.closed = True
            self._documents.cache_clear()
            self._reader.close()

    def _read_documents(self, field: str, word: str) -> "array[int]":
        try:
            return array("I", self._reader.postings(field, word).all_ids())
        except TermNotFound:
            return array("I")

    def _beginning_with(self, field: str, prefix: str) -> set[int]:
        documents: set[int] = set()
        for word in list(self._reader.expand_prefix(field, prefix)):
            documents.update(self._documents(field, word.decode()))
        return documents

    def match(self, words: Sequence[QueryWord], limit: int | None) -> Matches:
        """Find the products in which every word occurs, and order them by the tiers."""
        matched = self._matched(words)
        if not matched:
            return Matches()
        scores = defaultdict[int, float](float)
        for word in words:
            self._score(word, matched, scores)
        ranked = [
            (-(scores[document] + self._priors[document]), self._products[document]) for document in matched
        ]
        best = sorted(ranked) if limit is None else heapq.nsmallest(limit, ranked)
        return Matches(
            ids=tuple(product for _, product in best),
            scores=tuple(-score for score, _ in best),
            total=len(ranked),
        )

    def _matched(self, words: Sequence[QueryWord]) -> set[int]:
        """Intersect the documents of all words; the rarest whole word goes first and keeps the sets small."""
        whole = sorted(
            (self._documents("anywhere", word.folded) for word in words if not word.prefix), key=len
        )
        matched: set[int] | None = None
        for documents in whole:
            matched = set(documents) if matched is None else matched.intersection(documents)
            if not matched:
                return set()
        for word in words:
            if word.prefix:
                beginning = self._beginning_with("anywhere", word.folded)
                matched = beginning if matched is None else matched & beginning
        return matched or set()

    def _score(self, word: QueryWord, matched: set[int], scores: dict[int, float]) -> None:
        """Add to each matched document the worth of the best place where the word stands."""
        left = set(matched)
        for worth, documents in self._tiers(word):
            here = left.intersection(documents)
            for document in here:
                scores[document] += worth
            left -= here
            if not left:
                break
        for document in matched.intersection(self._documents("head", word.folded)):
            scores[document] += HEADS_NAME

    def _tiers(self, word: QueryWord) -> Iterable[tuple[float, Iterable[int]]]:
        yield EXACT_IN_NAME, self._documents("exact", word.exact)
        yield IN_NAME, self._documents("name", word.folded)
        if word.prefix:
            yield BEGINS_IN_NAME, self._beginning_with("name", word.folded)
        yield ANYWHERE, self._documents("anywhere", word.folded)
        if word.prefix:
            yield BEGINS_ANYWHERE, self._beginning_with("anywhere", word.folded)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of this generation, read when the first query finds nothing."""
        spellings: dict[str, tuple[int, str]] = {}
        for accented, products in self._counted("exact"):
            folded = fold(accented)
            spellings[folded] = max(spellings.get(folded, (0, "")), (products, accented))
        return _Words(
            KnownWord(folded, spellings.get(folded, (0, folded))[1], products)
            for folded, products in self._counted("anywhere")
        )

    def _counted(self, field: str) -> Iterable[tuple[str, int]]:
        if not self._products:
            return
        for (name, word), info in self._reader.iter_from(field, ""):
            if name != field:
                return
            yield word.decode(), info.doc_frequency()


class _Words:
    """A vocabulary in memory."""

    def __init__(self, words: Iterable[KnownWord]) -> None:
        self._by_word = {word.folded: word for word in words}
        self._by_letter = defaultdict[str, list[KnownWord]](list)
        for word in self._by_word.values():
            self._by_letter[word.folded[0]].append(word)

    def starting_with(self, letter: str) -> Iterable[KnownWord]:
        return self._by_letter.get(letter, ())

    def known(self, words: Collection[str]) -> dict[str, KnownWord]:
        return {word: self._by_word[word] for word in words if word in self._by_word}

    def alike(self, word: str) -> Iterable[KnownWord]:
        """None: Whoosh has no index of letter groups."""
        return ()
