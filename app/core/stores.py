"""The stores beside the database, and how each is known to be this database's own and of this moment.

A site is more than its database: scan journal, media, search index and stamp keys are files, buckets and settings of
their own, which a restore, a copy or a slip in the environment can bring together from two sites or two days. So the
database has an identity, made by the migration that made this table and kept through backup and move; a store carries
that identity and a mark of its own, and the database remembers the mark. Nothing of this is asked while a page is
made: `serve`, the consumer, /readyz and the command line ask.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final, Protocol

import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import timer
from app.core.db import Model, atomic
from app.core.errors import Refusal

log = structlog.get_logger()
DATABASE: Final = "database"
"""The name under which the database's own identity stands among the marks."""
_LOOK_AGAIN_AFTER: Final = 10.0  # seconds


class StoreMark(Model):
    """What the database remembers of a store by which to know it again; its own identity is one of the rows."""

    __tablename__ = "store_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]


class StoreMismatch(Refusal):
    """A store is not the one that belongs to this database, or is of another moment; the message has the way out."""

    status = 503
    code = "store-unknown"


class StoreSilent(Refusal):
    """A store does not answer, so that nobody can say whose it is; `store` among the facts."""

    status = 503
    code = "store-silent"


class Store(Protocol):
    """A store beside the database."""

    def check(self, session: Session) -> bool:
        """Whether the two know each other; False while neither has met the other. Raises StoreMismatch."""
        ...

    def adopt(self, session: Session) -> None:
        """Take the store as it is for this database's own. It commits by itself: a store may be a far-away one, and
        nothing waits for it in a writing transaction.
        """
        ...


class Markable(Protocol):
    """Something that holds a line of text for us, beside what it is for."""

    def mark(self) -> str | None:
        """The line written by `sign`, None before."""
        ...

    def sign(self, mark: str) -> None:
        """Write the line, in place of a former one."""
        ...


class MarkedStore:
    """A store that carries "<identity of the database> <mark>"; the database remembers the same words."""

    def __init__(self, name: str, place: Markable) -> None:
        self.name = name
        self._place = place

    def check(self, session: Session) -> bool:
        """See Store."""
        carried, known = self._place.mark(), remembered(session, self.name)
        if carried is not None and carried.split()[0] != identity(session):
            raise StoreMismatch("store-of-another-database", store=self.name)
        if known is not None and carried != known:
            raise StoreMismatch("store-unknown", store=self.name)
        return known is not None

    def adopt(self, session: Session) -> None:
        """See Store. A mark that already names this database stays: a backup of the store may carry it too."""
        carried = self._place.mark()
        database = identity(session)
        own = carried is not None and carried.split()[0] == database
        with atomic() as writing:
            remember(writing, self.name, carried if carried and own else f"{database} {secrets.token_hex(8)}")
        if not own:
            self._place.sign(
                remembered(session, self.name) or ""
            )  # of two processes at once, what the later one wrote


class Stores(dict[str, Store]):
    """Every store of the site by name; packages add their own. Safe across threads."""

    def __init__(self) -> None:
        super().__init__()
        self._looked: tuple[float, Mapping[str, Refusal]] | None = None

    def establish(self, session: Session) -> dict[str, Refusal]:
        """Let stores and database that never met know each other; returns what is wrong, by store.

        A site older than this table has stores with contents and no mark: they are taken for its own, once, and the
        log says so.
        """
        wrong: dict[str, Refusal] = {}
        for name, store in self.items():
            try:
                if not store.check(session):
                    store.adopt(session)
                    log.info("store.adopted", store=name)
                    store.check(session)
            except Refusal as refusal:
                wrong[name] = refusal
            except Exception as error:  # noqa: BLE001 - whatever a store's driver raises, it did not answer
                wrong[name] = _silent(name, error)
            session.rollback()
        self.forget()
        return wrong

    def wrong(self, session: Session, *names: str) -> dict[str, Refusal]:
        """What is wrong now, by store; of these stores only, or of all."""
        found: dict[str, Refusal] = {}
        for name in names or self:
            try:
                self[name].check(session)
            except Refusal as refusal:
                found[name] = refusal
            except Exception as error:  # noqa: BLE001 - as above
                found[name] = _silent(name, error)
        return found

    def forget(self) -> None:
        """Look again when asked the next time: something was changed."""
        self._looked = None

    def wrong_lately(self, session: Session) -> Mapping[str, Refusal]:
        """What was wrong with them some seconds ago at most: for whoever asks often."""
        looked = self._looked
        if looked is None or timer() - looked[0] > _LOOK_AGAIN_AFTER:
            looked = self._looked = (timer(), self.wrong(session))
        return looked[1]


def _silent(name: str, error: Exception) -> StoreSilent:
    log.warning("store.silent", store=name, error=f"{type(error).__name__}: {error}"[:200])
    return StoreSilent("store-silent", store=name)


def identity(session: Session) -> str:
    """The identity of this database."""
    return session.get_one(StoreMark, DATABASE).mark


def remembered(session: Session, name: str) -> str | None:
    """What the database remembers of a store."""
    row = session.get(StoreMark, name, populate_existing=True)
    return row.mark if row else None


def remember(session: Session, name: str, mark: str) -> None:
    """Have the database remember this of a store, in place of what it knew."""
    row = session.get(StoreMark, name, populate_existing=True)
    if row is None:
        session.add(StoreMark(name=name, mark=mark))
    else:
        row.mark = mark
    session.flush()
