"""flask database move: the embedded site stands whole in PostgreSQL, Redis and a bucket, or nothing happened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from app.cli.scans import ingest_all
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.core.storage import Storage
from app.trace.scans.spool import WaitingScan
from app.trace.setup import Trace
from tests.factories.catalogue import make_product
from tests.factories.installation import SCANNED, Installation
from tests.factories.supply import make_area

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An embedded site with something in every store."""
    made = Installation({"DATA_DIR": str(tmp_path / "var")})
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    made.fill()
    with made.opened():
        assert part(Trace).recorder.replay() == 1
    return made


def moved(site: Installation, **env: str) -> Installation:
    return Installation({**site.env, **env})


def test_a_whole_site_moves_and_goes_on_there(
    site: Installation, empty_postgres: str, redis_url: str, bucket: str, tmp_path: Path
) -> None:
    before = site.held()
    with site.opened():
        ingest_all()
    folded = site.held()
    code, output = site.run(
        "database", "move", "--to-database", empty_postgres, "--to-redis", redis_url, "--to-media", bucket
    )
    assert code == 0, output
    for line in (f"DATABASE_URL={empty_postgres}", f"REDIS_URL={redis_url}", f"MEDIA_URL={bucket}"):
        assert f"  {line}\n" in output
    assert site.held() == folded, "what is here stays as it was"
    there = moved(site, DATABASE_URL=empty_postgres, REDIS_URL=redis_url, MEDIA_URL=bucket)
    after = there.held()
    differing = {name for name in folded if after[name] != folded[name]}
    assert differing == {"scan_cursors"}
    assert after["scan_cursors"] == [f"('scan-days', '0-{len(SCANNED) + 1}')"]
    assert after["scans"] == before["scans"]
    assert there.run("stores", "check")[0] == 0
    with there.opened():
        assert part(Trace).scans.record(7, clock.now(), lang="vi").count == 3
        assert ingest_all() == 1, "what was folded is not folded again"
        product = make_product(db.session())
        assert product.id > 1, "numbers go on after those that were carried"


def test_only_the_journal_may_move(site: Installation, redis_url: str) -> None:
    with site.opened():
        ingest_all()
    before = site.held()
    code, output = site.run("database", "move", "--to-redis", redis_url)
    assert code == 0, output
    there = moved(site, REDIS_URL=redis_url)
    assert there.held()["scans"] == before["scans"]
    with there.opened():
        assert ingest_all() == 0
    assert site.run("scans", "ingest") == (0, "0 scans folded\n"), "back where it was"


def test_scans_that_wait_to_be_written_move_with_the_others(site: Installation, redis_url: str) -> None:
    with site.opened():
        part(Trace).recorder._spool.add(WaitingScan(bytes(range(12)), 8, clock.now(), "vi"))
    code, output = site.run("database", "move", "--to-redis", redis_url)
    assert code == 0, output
    held = moved(site, REDIS_URL=redis_url).held()
    assert held["waiting"] == 0
    assert [n for n, *_ in held["scans"]].count(8) == 3


def test_sums_stay_where_lines_were_moved_away_long_ago(site: Installation, redis_url: str) -> None:
    with site.opened():
        ingest_all()
    with closing(sqlite3.connect(f"{site.env['DATA_DIR']}/scans.sqlite3")) as journal, journal:
        journal.execute("DELETE FROM scan WHERE seq < 6")
    code, output = site.run("database", "move", "--to-redis", redis_url)
    assert code == 0, output
    there = moved(site, REDIS_URL=redis_url).held()
    assert len(there["scans"]) == 1
    assert there["summaries"] == site.held()["summaries"]


def test_a_move_into_something_is_refused(
    site: Installation, empty_postgres: str, redis_url: str, bucket: str
) -> None:
    there = moved(site, DATABASE_URL=empty_postgres, REDIS_URL=redis_url, MEDIA_URL=bucket)
    with there.opened():
        part(Storage).put("theirs-240.webp", b"theirs", "image/webp")
        part(Trace).scans.record(1, clock.now(), lang="vi")
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE theirs (id int)")
    before = site.held()
    code, output = site.run(
        "database", "move", "--to-database", empty_postgres, "--to-redis", redis_url, "--to-media", bucket
    )
    assert code == 1
    assert "not empty: --to-database, --to-redis, --to-media; nothing was moved" in output
    assert site.held() == before


def test_a_move_that_fails_half_way_takes_back_what_it_began(
    site: Installation, empty_postgres: str, redis_url: str
) -> None:
    """The bucket does not exist: the database was copied by then."""
    nowhere = "s3://nowhere/x?endpoint=http://127.0.0.1:9&region=us-east-1"
    before = site.held()
    code, output = site.run("database", "move", "--to-database", empty_postgres, "--to-media", nowhere)
    assert code == 1
    assert "nothing was moved" in output
    with atomic_text_that_postgres_refuses(site):
        code, output = site.run("database", "move", "--to-database", empty_postgres, "--to-redis", redis_url)
    assert code == 1, output
    assert "nothing was moved" in output
    engine = sa.create_engine(empty_postgres.replace("postgresql:", "postgresql+psycopg:"))
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    assert site.held() == before
    client = Redis.from_url(redis_url)
    assert client.keys("nguon:*") == []
    client.close()


class atomic_text_that_postgres_refuses:  # noqa: N801 - reads as what it does
    """SQLite stores a NUL in a text, PostgreSQL does not."""

    def __init__(self, site: Installation) -> None:
        self._site = site

    def _put(self, name: str) -> None:
        with self._site.opened(), db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE users SET name = :name"), {"name": name})

    def __enter__(self) -> None:
        with self._site.opened(), db.engine.connect() as connection:
            self._former = connection.scalar(sa.text("SELECT name FROM users LIMIT 1"))
        self._put("a\0b")

    def __exit__(self, *_: object) -> None:
        self._put(self._former)


def test_null_in_json_and_null_in_the_column_stay_two_things(site: Installation, empty_postgres: str) -> None:
    with site.opened():
        for geometry in ("'null'", "NULL"):
            area = make_area(db.session())
            with db.engine.begin() as connection:
                connection.exec_driver_sql(
                    f"UPDATE raw_material_areas SET geometry = {geometry} WHERE id = {area.id}"
                )
    code, output = site.run("database", "move", "--to-database", empty_postgres)
    assert code == 0, output
    with moved(site, DATABASE_URL=empty_postgres).opened(), db.engine.connect() as connection:
        held = connection.scalars(sa.text("SELECT geometry::text FROM raw_material_areas ORDER BY id"))
        assert list(held) == ["null", None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say where to"),
        (["--to-database", "mysql://a/b"], "must start with postgresql:"),
        (["--to-database", "nowhere"], "no address of a database"),
        (["--to-media", "ftp://a/b"], "must start with file: or s3:"),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_once(
    site: Installation, arguments: list[str], said: str
) -> None:
    code, output = site.run("database", "move", *arguments)
    assert code == 2
    assert said in output
