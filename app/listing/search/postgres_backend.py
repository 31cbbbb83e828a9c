"""The engine at scale: PostgreSQL full text.

Words are folded in Python, as for Whoosh, and stored as ready-made tsvectors, so no dictionary of the server has a
say. A word is asked of one GIN index the first time a process meets it; what it found is held in memory, ranked as for
Whoosh, and brought up to date from the table of changes, which every query asks.
"""

import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from app.core.errors import Busy
from app.core.text import fold, spelling
from app.listing.search.backend import ProductDocument, Progress, SearchHits, SearchUnavailable
from app.listing.search.finding import find
from app.listing.search.postgres_matcher import Tables
from app.listing.search.postgres_snapshot import Snapshot, current
from app.listing.search.words import IndexedWords, indexed_words

log = logging.getLogger(__name__)

BATCH: Final = 500
"""Documents per round trip while writing."""
_WRITER_LOCK: Final = 0x6E67756F6E  # an arbitrary key of our own for pg_advisory_xact_lock
_LOCK_NOT_AVAILABLE: Final = "55P03"
_INSERT: Final = text(
    "INSERT INTO product_search (product_id, exact, name, document, head, prior) VALUES (:id, "
    "CAST(:exact AS tsvector), CAST(:name AS tsvector), CAST(:document AS tsvector), :head, :prior)"
)
_ADD_WORD: Final = text(
    "INSERT INTO product_search_word (word, accented, products) VALUES (:word, :accented, :products) "
    "ON CONFLICT (word) DO UPDATE SET products = product_search_word.products + excluded.products"
)
_FORGET_WORDS: Final = text(
    "UPDATE product_search_word AS known SET products = known.products - gone.products FROM ("
    "SELECT word, count(*) AS products FROM product_search, unnest(tsvector_to_array(document)) AS word "
    "WHERE product_id = ANY(:ids) GROUP BY word) AS gone WHERE known.word = gone.word"
)
_NOTE: Final = text(
    "INSERT INTO product_search_change (version, products) "
    "SELECT coalesce(max(version), 0) + :step, CAST(:products AS bigint[]) FROM product_search_change"
)
_FORGET_CHANGES: Final = text(
    "DELETE FROM product_search_change WHERE version < "
    "(SELECT version FROM product_search_change ORDER BY version DESC OFFSET :retained LIMIT 1)"
)
CHANGES_RETAINED: Final = 100  # a process that has not looked for longer reads everything anew
_STEP: Final = 1 << 32


class PostgresBackend:
    """Search in the tables of `app.listing.search.tables`, which the migrations make."""

    def __init__(self, database: Engine | str, *, lock_seconds: float = 5.0) -> None:
        """`database`: an engine to share, or an address. `lock_seconds`: how long a writer waits for another."""
        self._engine = create_engine(database) if isinstance(database, str) else database
        self._lock_seconds = lock_seconds
        self._snapshot: Snapshot | None = None
        self._process = os.getpid()

    # Reading

    def query(self, text: str, limit: int | None = None) -> SearchHits:
        """Find products; see `SearchBackend.query`."""
        try:
            with self._reading() as connection:
                snapshot = current(connection, self._known())
                self._snapshot, self._process = snapshot, os.getpid()
                return find(Tables(connection, snapshot), text, limit)
        except (OperationalError, ProgrammingError) as error:
            raise SearchUnavailable(reason="the database does not answer") from error

    def _known(self) -> Snapshot | None:
        """Return this process's own snapshot: in one that came through a fork, a lock may be held for ever."""
        return self._snapshot if self._process == os.getpid() else None

    def _reading(self) -> Connection:
        """Open a transaction that sees one version of the tables from its first statement to its last."""
        return self._engine.connect().execution_options(isolation_level="REPEATABLE READ")

    def healthy(self) -> bool:
        """Whether the tables answer."""
        try:
            self.empty()
        except SearchUnavailable:
            return False
        return True

    def empty(self) -> bool:
        """Whether no product is indexed."""
        try:
            with self._engine.connect() as connection:
                return connection.scalar(text("SELECT 1 FROM product_search LIMIT 1")) is None
        except DBAPIError as error:
            raise SearchUnavailable(reason="no search tables") from error

    def position(self) -> str:
        """The last version, each of which is a step by lot from the one before."""
        try:
            with self._engine.connect() as connection:
                return str(connection.scalar(text("SELECT max(version) FROM product_search_change")) or 0)
        except DBAPIError as error:
            raise SearchUnavailable(reason="no search tables") from error

    def detail(self) -> str:
        """One line for readiness."""
        if not self.healthy():
            return "postgresql: no search tables, run the migrations"
        return "postgresql"

    @property
    def url(self) -> str:
        """The address of the database, password included: not for logs."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of the pooled connections."""
        self._engine.dispose()

    # Writing: one job or command at a time

    def rebuild(self, docs: Iterable[ProductDocument], progress: Progress | None = None) -> int:
        """Index `docs` and nothing else, in one transaction; readers see the former index until its end."""
        count = 0
        with self._writing() as connection:
            connection.execute(text("DELETE FROM product_search"))
            connection.execute(text("DELETE FROM product_search_word"))
            words = _WordCount()
            for batch in _batches(docs):
                _insert(connection, batch, words)
                count += len(batch)
                if progress:
                    progress(count)
            words.write(connection)
            _note(connection, None)
        self._analyze()
        return count

    def update(self, docs: Iterable[ProductDocument]) -> None:
        """Index `docs` in place of what is known under their ids."""
        changed: list[int] = []
        with self._writing() as connection:
            for batch in _batches(docs):
                newest = list({doc.id: doc for doc in batch}.values())
                _remove(connection, [doc.id for doc in newest])
                words = _WordCount()
                _insert(connection, newest, words)
                words.write(connection)
                changed += [doc.id for doc in newest]
            _note(connection, changed)

    def delete(self, ids: Iterable[int]) -> None:
        """Forget these products."""
        gone = list(ids)
        with self._writing() as connection:
            _remove(connection, gone)
            _note(connection, gone)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            wait = f"{int(self._lock_seconds * 1000)}ms"
            connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": wait})
            try:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                    raise Busy("search-writer-busy") from error
                raise
            yield connection

    def _analyze(self) -> None:
        """Update the planner's statistics at once, not when autovacuum comes by."""
        with self._engine.begin() as connection:
            connection.execute(text("ANALYZE product_search, product_search_word"))


class _WordCount:
    """Words of documents just written, with the commonest spelling each has in names."""

    def __init__(self) -> None:
        self._products: Counter[str] = Counter()
        self._spellings: dict[str, Counter[str]] = {}

    def add(self, words: IndexedWords) -> None:
        self._products.update(words.anywhere)
        for accented in words.exact:
            self._spellings.setdefault(spelling(fold(accented)), Counter())[accented] += 1

    def write(self, connection: Connection) -> None:
        rows = [
            {"word": word, "accented": self._commonest(word), "products": products}
            for word, products in sorted(self._products.items())  # in order, so that writers cannot deadlock
        ]
        if rows:
            connection.execute(_ADD_WORD, rows)

    def _commonest(self, word: str) -> str:
        spellings = self._spellings.get(word)
        return max(spellings, key=lambda spelling: (spellings[spelling], spelling)) if spellings else word


def _batches(docs: Iterable[ProductDocument]) -> Iterator[list[ProductDocument]]:
    rest = iter(docs)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _vector(words: Iterable[str]) -> str:
    """Write words as a tsvector; they hold letters and digits only, so nothing needs escaping."""
    return " ".join(f"'{word}'" for word in words)


def _insert(connection: Connection, docs: Sequence[ProductDocument], count: _WordCount) -> None:
    rows = []
    for doc in docs:
        words = indexed_words(doc)
        count.add(words)
        rows.append(
            {
                "id": doc.id,
                "exact": _vector(words.exact),
                "name": _vector(words.name),
                "document": _vector(words.anywhere),
                "head": words.head,
                "prior": words.prior,
            }
        )
    connection.execute(_INSERT, rows)


def _note(connection: Connection, products: list[int] | None) -> None:
    """Write down which products changed, None for all, so that readers bring up to date what they hold in memory."""
    if products is not None and not products:
        return
    # By a step that nobody can foresee: the versions that follow a restored backup are not those its readers knew.
    connection.execute(_NOTE, {"step": 1 + secrets.randbelow(_STEP), "products": products})
    connection.execute(_FORGET_CHANGES, {"retained": CHANGES_RETAINED})


def _remove(connection: Connection, ids: list[int]) -> None:
    facts = {"ids": ids}
    connection.execute(_FORGET_WORDS, facts)
    connection.execute(text("DELETE FROM product_search_word WHERE products <= 0"))
    connection.execute(text("DELETE FROM product_search WHERE product_id = ANY(:ids)"), facts)
