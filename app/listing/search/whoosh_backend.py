"""The embedded engine: Whoosh in a folder.

The folder holds one subfolder per rebuild and a file (`POINTER`) that names the one to read and counts the writes
("g000002 7"). A rebuild fills a new subfolder and then replaces that file, so readers in other processes see all of
the old index or all of the new one, and find out by reading a few bytes per query.

**One writer.** Whoosh lets one process write at a time and fails the others; writing belongs to a job or a command
line, never to a request. A lock in the folder stops a rebuild and an update from losing each other's work.
"""

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from whoosh.filedb.filestore import FileStorage
from whoosh.index import IndexError as WhooshIndexError
from whoosh.util.filelock import FileLock, try_for

from app.core.errors import Busy
from app.listing.search.backend import ProductDocument, Progress, SearchHits, SearchUnavailable
from app.listing.search.finding import find
from app.listing.search.whoosh_snapshot import SCHEMA, Snapshot
from app.listing.search.words import RULES, indexed_words

log = logging.getLogger(__name__)

POINTER: Final = f"CURRENT-{RULES}"
PROGRESS_STEP: Final = 100
_WRITER_MEGABYTES: Final = 64
_OPEN_TRIES: Final = 3


class WhooshBackend:
    """Search in `folder`, which the first write makes."""

    def __init__(self, folder: Path, *, lock_seconds: float = 5.0) -> None:
        """`lock_seconds`: how long a writer waits for another before it raises Busy."""
        self._folder = folder
        self._lock_seconds = lock_seconds
        self._opening = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._state: tuple[int, str] | None = None

    # Reading

    def query(self, text: str, limit: int | None = None) -> SearchHits:
        """Find products; see `SearchBackend.query`."""
        while True:
            snapshot = self._newest()
            with snapshot.lock:
                if not snapshot.closed:  # it may have been replaced while we waited for the lock
                    return find(snapshot, text, limit)

    def healthy(self) -> bool:
        """Whether there is an index that opens."""
        try:
            self._newest()
        except SearchUnavailable:
            return False
        return True

    def empty(self) -> bool:
        """Whether no product is indexed."""
        return self._newest().empty

    def position(self) -> str:
        """The present generation and the number of writes, whose first one was drawn by lot."""
        return self._current().strip()

    def detail(self) -> str:
        """One line for readiness."""
        return "whoosh" if self.healthy() else "whoosh: no index yet, run `search reindex`"

    def close(self) -> None:
        """Let go of the index's files; the next query opens them again."""
        with self._opening:
            if self._snapshot is not None:
                self._snapshot.close()
            self._snapshot = self._state = None

    def _current(self) -> str:
        try:
            return (self._folder / POINTER).read_text(encoding="ascii")
        except OSError as error:
            raise SearchUnavailable(reason="no index") from error

    def _newest(self) -> Snapshot:
        """Return the present generation, opened anew when a writer (or a fork) came between."""
        state = (os.getpid(), self._current())
        snapshot = self._snapshot
        if snapshot is not None and self._state == state:
            return snapshot
        with self._opening:
            return self._open()

    def _open(self) -> Snapshot:
        for _ in range(_OPEN_TRIES):
            state = (os.getpid(), self._current())
            if self._snapshot is not None and self._state == state:
                return self._snapshot
            try:
                opened = Snapshot(self._folder / state[1].split()[0])
            except (OSError, WhooshIndexError) as error:  # replaced and cleared away in between: look again
                log.info("search index %s did not open: %s", state[1].strip(), error)
                continue
            former, born = self._snapshot, self._state
            self._snapshot, self._state = opened, state
            if former is not None and born is not None and born[0] == state[0]:
                former.close()  # but what came through a fork is left alone: its lock may be held for ever
            return opened
        raise SearchUnavailable(reason="the index does not open")

    # Writing: one job or command at a time

    def rebuild(self, docs: Iterable[ProductDocument], progress: Progress | None = None) -> int:
        """Index `docs` in a new subfolder and let everyone read that one; see `SearchBackend.rebuild`."""
        with self._writing():
            name = f"g{self._last_number() + 1:06d}"
            count = 0
            try:
                with self._writer(self._folder / name, create=True) as writer:
                    for count, doc in enumerate(docs, start=1):
                        writer.add_document(**_fields(doc))
                        if progress and count % PROGRESS_STEP == 0:
                            progress(count)
            except BaseException:
                shutil.rmtree(self._folder / name, ignore_errors=True)
                raise
            self._publish(name)
            self._clear_away()
        if progress:
            progress(count)
        return count

    def update(self, docs: Iterable[ProductDocument]) -> None:
        """Index `docs` in place of what is known under their ids."""

        def replace(writer: Any) -> None:
            newest = {doc.id: doc for doc in docs}  # Whoosh would store both of two versions in one go
            for doc in newest.values():
                writer.update_document(**_fields(doc))

        self._change(replace)

    def delete(self, ids: Iterable[int]) -> None:
        """Forget these products."""

        def remove(writer: Any) -> None:
            for product_id in ids:
                writer.delete_by_term("product", str(product_id))

        self._change(remove)

    def _change(self, work: Callable[[Any], None]) -> None:
        with self._writing():
            name = self._written()[0] or "g000001"
            folder = self._folder / name
            with self._writer(folder, create=not folder.exists()) as writer:
                work(writer)
            self._publish(name)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self._folder / "WRITER"))
        if not try_for(lock.acquire, timeout=self._lock_seconds, delay=0.05):
            raise Busy("search-writer-busy")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writer(self, folder: Path, *, create: bool) -> Iterator[Any]:
        """Give a writer that commits at the end and leaves no trace of work that failed."""
        if create:
            folder.mkdir()
        storage = FileStorage(str(folder))
        index = storage.create_index(SCHEMA) if create else storage.open_index(schema=SCHEMA)
        writer = index.writer(limitmb=_WRITER_MEGABYTES)
        try:
            yield writer
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def _written(self) -> tuple[str | None, int]:
        """Return the name of the present subfolder and the number of writes so far."""
        try:
            name, count = self._current().split()
        except SearchUnavailable:
            return None, 0
        return name, int(count)

    def _publish(self, name: str) -> None:
        """Let readers see `name` as it is now."""
        # A lost folder's numbers must not come again: a reader that lived through the loss would take the new index for
        # the one it has open.
        count = self._written()[1] or secrets.randbelow(1 << 48)
        fresh = self._folder / f"{POINTER}.new"
        with fresh.open("w", encoding="ascii") as file:
            file.write(f"{name} {count + 1}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / POINTER)

    def _generations(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("g[0-9]*") if path.is_dir())

    def _last_number(self) -> int:
        return max((int(path.name[1:]) for path in self._generations()), default=0)

    def _clear_away(self) -> None:
        """Remove all but the two newest: the one before may be just being opened by a reader."""
        for path in self._generations()[:-2]:
            shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob("CURRENT*"):  # of other rules, whose subfolders go as well
            if path.name != POINTER:
                path.unlink(missing_ok=True)


def _fields(doc: ProductDocument) -> dict[str, Any]:
    words = indexed_words(doc)
    return {
        "product": str(doc.id),
        "number": doc.id,
        "exact": list(words.exact),
        "name": list(words.name),
        "anywhere": list(words.anywhere),
        "head": words.head,
        "prior": words.prior,
    }
