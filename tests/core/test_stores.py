"""The stores beside the database: each knows whose it is, and one of another site or another day is said out loud."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.cli.scans import ingest_all
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import NotFound
from app.core.parts import part
from app.core.storage import MARK, Storage, StorageMark
from app.core.stores import StoreMark, StoreMismatch, Stores, StoreSilent, identity, remembered
from app.listing.indexing import IndexStore, reindex
from app.listing.search import SearchBackend, open_search
from app.listing.setup import mend
from app.trace.scans.journal_sqlite import SqliteScanLog
from app.trace.scans.models import ScanCursor
from app.trace.setup import Trace
from app.trace.stamps.keys import KeyRing, fingerprint
from app.trace.stores import JournalStore, KeyStore
from config import Settings
from tests.factories.catalogue import make_product
from tests.factories.client import Visitor
from tests.factories.keeping import keep


@pytest.fixture
def stores(app: Flask, session: Session) -> Stores:
    """The stores of the site, after its first start."""
    reindex(session, part(SearchBackend))
    found = part(Stores)
    assert found.establish(session) == {}
    return found


def scan(app: Flask, count: int) -> None:
    for n in range(count):
        part(Trace, app).scans.record(n, clock.now(), lang="vi")


def codes(stores: Stores, session: Session) -> dict[str, str]:
    session.rollback()
    return {name: refusal.code for name, refusal in stores.wrong(session).items()}


def ready(client: Visitor) -> tuple[int, object]:
    answer = client.get("/readyz?lang=en")
    return answer.status_code, answer.get_json()["checks"]["stores"]


def alive(settings: Settings) -> None:
    (settings.data_dir / "jobs.alive").write_text(clock.now().isoformat())


def test_after_the_first_start_every_store_is_known(
    stores: Stores, session: Session, client: Visitor, settings: Settings, runner: FlaskCliRunner
) -> None:
    alive(settings)
    assert codes(stores, session) == {}
    assert ready(client) == (200, "ok")
    checked = runner.invoke(args=["stores", "check"])
    assert (checked.exit_code, sorted(checked.output.split("\n"))) == (
        0,
        ["", "index: ok", "journal: ok", "keys: ok", "media: ok"],
    )
    for name in ("journal", "media"):
        assert (remembered(session, name) or "").split()[0] == identity(session)


def test_stores_older_than_their_marks_are_taken_with_what_they_hold(app: Flask, session: Session) -> None:
    scan(app, 3)
    keep(session, ScanCursor(name="scan-days", position="2"))
    part(Storage).put("a.webp", b"photo", "image/webp")
    reindex(session, part(SearchBackend))
    assert part(Stores).establish(session) == {}
    assert part(Storage).read("a.webp") == b"photo"
    assert session.get_one(ScanCursor, "scan-days").position == "2", "what was folded is not folded again"


@pytest.mark.parametrize("name", ["journal", "media"])
def test_a_store_of_another_database_is_refused_with_the_way_out(
    name: str, app: Flask, stores: Stores, client: Visitor, runner: FlaskCliRunner
) -> None:
    session = db.session()
    alive(part(Settings))
    other = f"{'0' * 32} {'1' * 16}"
    if name == "journal":
        part(Trace, app).scans.sign(other)
    else:
        part(Storage).put(MARK, other.encode(), "text/plain")
    assert codes(stores, session) == {name: "store-of-another-database"}
    status, said = ready(client)
    assert status == 503
    assert isinstance(said, dict)
    assert f"stores adopt {name}" in said[name]
    checked = runner.invoke(args=["stores", "check"])
    assert checked.exit_code == 1
    assert f"stores adopt {name}" in checked.output
    assert codes(stores, session) == {name: "store-of-another-database"}, (
        "a check adopts nothing that is foreign"
    )
    adopted = runner.invoke(args=["stores", "adopt", name])
    assert adopted.exit_code == 0, adopted.output
    assert codes(stores, session) == {}


def test_an_empty_store_in_place_of_the_known_one_is_no_first_start(
    app: Flask, stores: Stores, session: Session, settings: Settings
) -> None:
    part(Trace, app).scans.close()
    for file in settings.data_dir.glob("scans.sqlite3*"):
        file.unlink()
    part(Storage).delete(MARK)
    assert codes(stores, session) == {"journal": "store-unknown", "media": "store-unknown"}
    scan(app, 5)
    assert set(stores.establish(session)) == {"journal", "media"}, "new scans do not make it the old journal"


def test_a_journal_shorter_than_what_was_folded_is_another_days(
    app: Flask, stores: Stores, session: Session, settings: Settings, runner: FlaskCliRunner
) -> None:
    scans = part(Trace, app).scans
    scan(app, 3)
    assert isinstance(scans, SqliteScanLog)
    scans.close()
    former = settings.data_dir / "former"
    shutil.copy(settings.data_dir / "scans.sqlite3", former)
    scan(app, 2)
    assert ingest_all() == 5
    scans.close()
    for file in settings.data_dir.glob("scans.sqlite3*"):
        file.unlink()
    former.rename(settings.data_dir / "scans.sqlite3")
    assert codes(stores, session) == {"journal": "journal-behind"}
    refused = runner.invoke(args=["scans", "ingest"])
    assert refused.exit_code == 1
    assert "stores adopt journal" in refused.output
    assert runner.invoke(args=["stores", "adopt", "journal"]).exit_code == 0
    scan(app, 1)
    assert runner.invoke(args=["scans", "ingest"]).output == "1 scans folded\n", (
        "its scans were folded before"
    )


def test_of_a_new_journal_every_scan_is_folded(
    app: Flask, stores: Stores, session: Session, settings: Settings, runner: FlaskCliRunner
) -> None:
    scan(app, 4)
    ingest_all()
    part(Trace, app).scans.close()
    for file in settings.data_dir.glob("scans.sqlite3*"):
        file.unlink()
    scan(app, 6)
    assert codes(stores, session) == {"journal": "store-unknown"}
    assert runner.invoke(args=["stores", "adopt", "journal"]).exit_code == 0
    assert runner.invoke(args=["scans", "ingest"]).output == "6 scans folded\n"


def test_a_journal_ahead_of_the_database_is_sound(app: Flask, stores: Stores, session: Session) -> None:
    scan(app, 2)
    ingest_all()
    scan(app, 2)
    assert codes(stores, session) == {}


def test_the_cursor_of_a_stream_is_compared_by_its_numbers(session: Session, tmp_path: Path) -> None:
    class Journal(SqliteScanLog):
        def end(self) -> str:
            return "1764208800123-9"

    keep(session, ScanCursor(name="scan-days", position="1764208800123-10"))
    with pytest.raises(StoreMismatch, match="journal-behind"):
        JournalStore(Journal(tmp_path / "scans.sqlite3")).check(session)


# --- keys -----------------------------------------------------------------------------------------------------------

FIRST, SECOND, THIRD = (f"{digit}{digit}" * 32 for digit in "abc")


def ring(text: str) -> KeyStore:
    return KeyStore(KeyRing.parse(text))


@pytest.fixture
def known_keys(session: Session) -> None:
    """A database that knows two keys."""
    ring(f"k2:{SECOND},k1:{FIRST}").adopt(session)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (f"k1:{THIRD},k2:{SECOND}", "stamp-key-changed"),
        (f"k3:{THIRD},k2:{FIRST},k1:{SECOND}", "stamp-key-changed"),
        (f"k9:{FIRST},k2:{SECOND}", "stamp-key-renamed"),
        (f"k1:{FIRST}", "stamp-key-missing"),
        (f"k3:{THIRD}", "stamp-key-missing"),
    ],
)
def test_a_ring_that_would_make_printed_stamps_strangers_is_refused(
    known_keys: None, session: Session, keys: str, code: str
) -> None:
    with pytest.raises(StoreMismatch, match=code):
        ring(keys).check(session)


def test_a_ring_in_another_order_and_with_a_new_key_is_the_same_ring(
    known_keys: None, session: Session
) -> None:
    assert ring(f"k1:{FIRST},k2:{SECOND}").check(session)
    rotated = ring(f"k3:{THIRD},k2:{SECOND},k1:{FIRST}")
    assert not rotated.check(session), "the new key is not known yet"
    rotated.adopt(session)
    assert rotated.check(session)
    with pytest.raises(StoreMismatch, match="stamp-key-missing"):
        ring(f"k1:{FIRST},k2:{SECOND}").check(session)


def test_a_key_that_was_retired_on_purpose_is_forgotten_by_hand(known_keys: None, session: Session) -> None:
    left = ring(f"k2:{SECOND}")
    left.adopt(session)
    assert left.check(session)


def test_a_fingerprint_does_not_hold_the_secret() -> None:
    secret = bytes.fromhex(FIRST)
    assert len(fingerprint(secret)) == 16
    assert fingerprint(secret) not in FIRST
    assert fingerprint(secret) != fingerprint(bytes.fromhex(SECOND))


# --- index ----------------------------------------------------------------------------------------------------------


def test_an_index_of_another_day_is_noticed_and_built(
    session: Session, stores: Stores, client: Visitor, tmp_path: Path, settings: Settings
) -> None:
    alive(settings)
    search = part(SearchBackend)
    make_product(session, name="Chè Shan")
    search.rebuild([])  # somebody else wrote it: the database took no note
    assert codes(stores, session) == {"index": "search-index-of-another-moment"}
    status, said = ready(client)
    assert status == 503
    assert "search reindex" in str(said)
    mend()
    assert codes(stores, session) == {}
    assert search.query("shan").total == 1


def test_a_copy_of_another_sites_index_is_not_this_sites(session: Session, tmp_path: Path) -> None:
    own = open_search(database_url="sqlite:", data_dir=tmp_path / "own")
    other = open_search(database_url="sqlite:", data_dir=tmp_path / "other")
    reindex(session, other)
    reindex(session, own)
    assert IndexStore(own).check(session)
    shutil.rmtree(tmp_path / "own" / "index")
    shutil.copytree(tmp_path / "other" / "index", tmp_path / "own" / "index")
    with pytest.raises(StoreMismatch, match="search-index-of-another-moment"):
        IndexStore(own).check(session)


def test_an_index_that_is_not_there_is_missing_and_not_another_sites(
    session: Session, tmp_path: Path
) -> None:
    store = IndexStore(open_search(database_url="sqlite:", data_dir=tmp_path))
    assert store.check(session)
    with pytest.raises(StoreMismatch, match="search-index-of-another-moment"):
        store.adopt(session)


# --- asking ---------------------------------------------------------------------------------------------------------


def test_a_store_that_does_not_answer_is_named_and_sends_no_visitor_away(
    stores: Stores, client: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def check(self, session: Session) -> bool:
            raise ConnectionError

        def adopt(self, session: Session) -> None:
            raise ConnectionError

    alive(settings)
    monkeypatch.setitem(stores, "media", Away())
    assert ready(client) == (200, {"media": "The media store does not answer."})
    assert isinstance(stores.establish(db.session())["media"], StoreSilent)


def test_readiness_asks_the_stores_now_and_then_only(
    stores: Stores, client: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    storage = part(Storage)

    class Counting:
        def read(self, name: str) -> bytes:
            reads.append(name)
            return storage.read(name)

    monkeypatch.setattr(stores["media"], "_place", StorageMark(Counting()))  # type: ignore[arg-type]
    for _ in range(5):
        client.get("/readyz")
    assert len(reads) == 1


def test_a_mark_that_names_this_database_is_taken_up_again(stores: Stores, session: Session) -> None:
    """What is left when the site dies between signing a store and remembering it."""
    known = remembered(session, "media")
    with atomic() as writing:
        writing.delete(writing.get_one(StoreMark, "media"))
    assert stores.establish(session) == {}
    assert remembered(session, "media") == known
    assert part(Storage).read(MARK).decode() == known
    with pytest.raises(NotFound):
        part(Storage).read("none.txt")
