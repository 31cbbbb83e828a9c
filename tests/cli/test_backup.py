"""flask backup: everything the settings name comes back, from every configuration, or is missed by name."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from redis import Redis

from app.catalogue.models import Photo
from app.catalogue.photos import file_names
from app.cli.running import SiteRuns, running, stopped
from app.cli.scans import ingest_all
from app.core import clock
from app.core.db import atomic, db
from app.core.parts import part
from app.core.storage import MARK, Storage
from app.trace.scans.spool import WaitingScan
from app.trace.setup import Trace
from app.web.media import WIDTHS
from tests.factories.installation import Installation

Environment = Callable[[str], dict[str, str]]


@pytest.fixture
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    """The environment of a configuration that the README names."""

    def of(name: str) -> dict[str, str]:
        env = {"DATA_DIR": str(tmp_path / "var")}
        if name in ("database elsewhere", "all elsewhere"):
            env["DATABASE_URL"] = f"sqlite:///{tmp_path / 'disk' / 'site data.db'}?timeout=9"
            (tmp_path / "disk").mkdir()
        if name in ("media elsewhere", "all elsewhere"):
            env["MEDIA_URL"] = f"file://{tmp_path / 'pictures'}"
        if name in ("mail elsewhere", "all elsewhere"):
            env["MAIL_URL"] = f"file://{tmp_path / 'post'}"
        if name in ("postgresql", "large"):
            env["DATABASE_URL"] = request.getfixturevalue("empty_postgres")
        if name in ("redis", "large"):
            env["REDIS_URL"] = request.getfixturevalue("redis_url")
        if name in ("s3", "large"):
            env["MEDIA_URL"] = request.getfixturevalue("bucket")
        if name in ("keys", "large"):
            env |= {"SECRET_KEY": "s" * 40, "STAMP_KEYS": f"k2:{'2b' * 32},k1:{'1a' * 32}"}
        return env

    return of


CONFIGURATIONS = [
    "default",
    "database elsewhere",
    "media elsewhere",
    "mail elsewhere",
    "all elsewhere",
    "s3",
    "keys",
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("redis", marks=pytest.mark.redis),
    pytest.param("large", marks=[pytest.mark.postgres, pytest.mark.redis]),
]


@pytest.fixture(params=CONFIGURATIONS)
def site(request: pytest.FixtureRequest, environment: Environment) -> Installation:
    """A site with something in every store, in each configuration."""
    made = Installation(environment(request.param))
    made.fill()
    return made


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DATA_DIR of a site of the default configuration."""
    folder = tmp_path_factory.mktemp("site") / "var"
    Installation({"DATA_DIR": str(folder)}).fill()
    return folder


@pytest.fixture
def small(filled_folder: Path, tmp_path: Path) -> Installation:
    """A site of the default configuration."""
    shutil.copytree(filled_folder, tmp_path / "var")
    return Installation({"DATA_DIR": str(tmp_path / "var")})


@pytest.fixture
def archive(small: Installation, tmp_path: Path) -> Path:
    """Its backup."""
    path = tmp_path / "backup.tar.gz"
    code, output = small.run("backup", "create", "--out", str(path))
    assert code == 0, output
    return path


def lose_everything(site: Installation, tmp_path: Path) -> None:
    """As on a new machine: nothing in any store."""
    with site.opened() as settings:
        storage = part(Storage)
        for name in list(storage.names()):
            storage.delete(name)
        if not settings.embedded_database:
            with db.engine.begin() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
        if settings.redis_url:
            client = Redis.from_url(settings.redis_url)
            client.delete(*client.keys("nguon:*"))
            client.close()
    for folder in ("var", "disk", "pictures", "post"):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)


def mails(tmp_path: Path) -> list[str]:
    return [path.read_text() for path in (*tmp_path.glob("var/outbox/*"), *tmp_path.glob("post/*"))]


def logged_out(held: dict[str, Any]) -> dict[str, Any]:
    """What a restore brings back of it: a session that has ended since the backup must not live again."""
    assert held["login_sessions"]
    return held | {"login_sessions": []}


def manifest_of(archive: Path) -> dict[str, object]:
    with tarfile.open(archive) as tar:
        body = tar.extractfile("manifest.json")
        assert body is not None
        manifest: dict[str, object] = json.load(body)
        return manifest


def test_everything_comes_back_on_a_new_machine(site: Installation, tmp_path: Path) -> None:
    before = logged_out(site.held())
    assert before["wrong"] == {}
    archive = tmp_path / "backup.tar.gz"
    code, output = site.run("backup", "create", "--out", str(archive))
    assert code == 0, output
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    lose_everything(site, tmp_path)
    code, output = site.run("backup", "restore", str(archive))
    assert code == 0, output
    assert "5 scans" in output
    after = site.held()
    assert {name: after[name] for name in before if after[name] != before[name]} == {}
    assert mails(tmp_path) == ["Subject: hello"]
    with site.opened():
        assert part(Trace).scans.record(7, part(Trace).scans.peek(7).last_at, lang="vi").count == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "site",
    ["all elsewhere", pytest.param("large", marks=[pytest.mark.postgres, pytest.mark.redis])],
    indirect=True,
)
def test_what_was_there_is_moved_aside_whole_and_the_site_is_the_archives(
    site: Installation, tmp_path: Path
) -> None:
    before = logged_out(site.held())
    archive = tmp_path / "backup.tar.gz"
    site.run("backup", "create", "--out", str(archive))
    with site.opened():
        with atomic() as session:
            (photo,) = session.scalars(sa.select(Photo))
            key = photo.key
            session.delete(photo)
        for name in file_names(key, WIDTHS):
            part(Storage).delete(name)
        part(Storage).put("later-240.webp", b"later", "image/webp")
        part(Trace).scans.record(9, part(Trace).scans.peek(7).last_at, lang="vi")  # type: ignore[arg-type]
    code, output = site.run("backup", "restore", str(archive))
    assert code == 1
    assert "--force" in output
    code, output = site.run("backup", "restore", str(archive), "--force")
    assert code == 0, output
    assert site.held() == before
    with site.opened() as settings:
        (aside,) = [name for name in part(Storage).names() if name.endswith("/later-240.webp")]
        assert part(Storage).read(aside) == b"later"
        if settings.embedded_database:
            (former,) = Path(db.engine.url.database or "").parent.glob("before-restore-*/*.db")
            engine = sa.create_engine(f"sqlite:///{former}")
            with engine.connect() as connection:
                assert connection.scalar(sa.select(sa.func.count(Photo.id))) == 0
            engine.dispose()
        else:
            with db.engine.connect() as connection:
                (schema,) = [
                    name
                    for name in sa.inspect(connection).get_schema_names()
                    if name.startswith("before_restore")
                ]
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {schema}.photos").scalar() == 0
        if settings.redis_url:
            client = Redis.from_url(settings.redis_url)
            assert len(client.keys("before-restore-*:nguon:scans")) == 1
            client.close()
    code, output = site.run("backup", "create", "--out", str(tmp_path / "again.tar.gz"))
    assert code == 0, output
    first, again = manifest_of(archive)["parts"], manifest_of(tmp_path / "again.tar.gz")["parts"]
    assert isinstance(first, dict)
    assert isinstance(again, dict)
    assert again["media"] == first["media"], "what was moved aside is no part of the site"
    assert again["journal"] == first["journal"]


@pytest.mark.redis
def test_in_redis_sums_come_back_where_lines_were_moved_away_and_no_scan_twice(
    environment: Environment, tmp_path: Path
) -> None:
    site = Installation(environment("redis"))
    site.fill()
    redis = Redis.from_url(site.env["REDIS_URL"])
    with site.opened():
        ingest_all()
        redis.xtrim("nguon:scans", minid=part(Trace).scans.end(), approximate=False)
        # A scan that was written, and of which this machine does not know it: it waits with its id.
        part(Trace).recorder._spool.add(WaitingScan(bytes(range(12)), 9, clock.now(), "vi"))
        part(Trace).scans.replay(bytes(range(12)), 9, clock.now(), lang="vi")
    before = logged_out(site.held())
    assert len(before["scans"]) == 2
    archive = tmp_path / "backup.tar.gz"
    code, output = site.run("backup", "create", "--out", str(archive))
    assert code == 0, output
    lose_everything(site, tmp_path)
    redis.delete(*redis.keys("*"))
    redis.close()
    code, output = site.run("backup", "restore", str(archive))
    assert code == 0, output
    after = site.held()
    assert (before["waiting"], after["waiting"]) == (2, 1), "what was written all the same waits no more"
    assert {name for name in before if before[name] != after[name]} == {"waiting"}


# --- what cannot be packed --------------------------------------------------------------------------------------------


def test_a_backup_is_not_written_over_another(small: Installation, archive: Path) -> None:
    code, output = small.run("backup", "create", "--out", str(archive))
    assert code == 1
    assert "is there already" in output


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("media", {"MEDIA_URL": "s3://photos/x?endpoint=http://127.0.0.1:9&region=us-east-1"}),
        ("journal", {"REDIS_URL": "redis://127.0.0.1:9/0"}),
        ("database", {"DATABASE_URL": "postgresql://postgres@127.0.0.1:9/x"}),
    ],
)
def test_a_store_that_does_not_answer_is_missed_by_name(
    name: str, env: dict[str, str], small: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    out = tmp_path / "b.tar.gz"
    code, output = small.run("backup", "create", "--out", str(out), **env)
    assert code == 1
    assert f"--without {name}" in output
    assert list(tmp_path.glob("b.tar.gz*")) == []
    without = "redis" if name == "journal" else name
    code, output = small.run("backup", "create", "--out", str(out), "--without", without, **env)
    assert code == 0, output
    assert f"left out as asked: {name}" in output
    assert manifest_of(out)["without"] == [name]


@pytest.mark.postgres
def test_without_pg_dump_the_database_is_missed_by_name(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Installation(environment("postgresql"))
    site.fill()
    monkeypatch.setenv("PATH", str(tmp_path))
    code, output = site.run("backup", "create", "--out", str(tmp_path / "b.tar.gz"))
    assert code == 1
    assert "pg_dump is not installed" in output
    code, output = site.run("backup", "create", "--out", str(tmp_path / "b.tar.gz"), "--without", "database")
    assert code == 0, output


def test_a_database_in_memory_is_missed_by_name(small: Installation, tmp_path: Path) -> None:
    code, output = small.run(
        "backup", "create", "--out", str(tmp_path / "b.tar.gz"), DATABASE_URL="sqlite:///:memory:"
    )
    assert code == 1
    assert "database in memory" in output


def test_a_damaged_database_is_no_backup(small: Installation, tmp_path: Path) -> None:
    path = tmp_path / "var" / "nguon.db"
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"x" * 4096 * 20)
    code, output = small.run("backup", "create", "--out", str(tmp_path / "b.tar.gz"))
    assert code == 1
    assert list(tmp_path.glob("b.tar.gz*")) == [], output


def test_a_photograph_without_its_files_is_named_beside_a_whole_backup(
    small: Installation, tmp_path: Path
) -> None:
    with small.opened():
        (key,) = db.session.scalars(sa.select(Photo.key))
        part(Storage).delete(file_names(key, WIDTHS)[0])
        part(Storage).put("unnamed-240.webp", b"x", "image/webp")
    (tmp_path / "var" / "media" / "Ghi chú.TXT").write_text("a person's")
    out = tmp_path / "b.tar.gz"
    code, output = small.run("backup", "create", "--out", str(out))
    assert code == 1
    assert f"1 photographs that the database names: {key}" in output
    assert "Ghi chú.TXT is not the site's" in output
    with tarfile.open(out) as tar:
        assert "media/unnamed-240.webp" in tar.getnames()


def test_a_journal_of_another_database_is_not_packed_as_this_ones(
    small: Installation, tmp_path: Path
) -> None:
    with small.opened():
        part(Trace).scans.sign(f"{'0' * 32} 1")
    out = tmp_path / "b.tar.gz"
    code, output = small.run("backup", "create", "--out", str(out))
    assert code == 1
    assert "belongs to another database" in output
    assert "--without journal" in output
    assert not out.exists()


def test_a_database_that_waits_for_its_upgrade_is_packed(small: Installation, tmp_path: Path) -> None:
    with small.opened():
        flask_migrate.downgrade(revision="0008")  # the release before the stores were marked
        part(Storage).delete(MARK)
    with closing(sqlite3.connect(tmp_path / "var" / "scans.sqlite3")) as journal:
        journal.execute("DROP TABLE mark")
    out = tmp_path / "b.tar.gz"
    code, output = small.run("backup", "create", "--out", str(out))
    assert code == 0, output
    code, output = small.run("backup", "restore", str(out), "--force")
    assert code == 0, output
    assert small.run("stores", "check")[0] == 0


# --- what cannot be put back ------------------------------------------------------------------------------------------


def test_a_site_that_runs_is_not_touched(small: Installation, archive: Path, tmp_path: Path) -> None:
    before = small.held()
    with running(tmp_path / "var"):
        code, output = small.run("backup", "restore", str(archive), "--force")
    assert code == 1
    assert "The site is running" in output
    with closing(sqlite3.connect(tmp_path / "var" / "nguon.db")) as server:
        server.execute("SELECT count(*) FROM users").fetchone()
        code, output = small.run("backup", "restore", str(archive), "--force")
    assert code == 1
    assert "open in another process" in output
    assert small.held() == before
    assert list((tmp_path / "var").glob("before-restore-*")) == []


@pytest.mark.postgres
def test_a_database_with_other_connections_is_not_touched(environment: Environment, tmp_path: Path) -> None:
    site = Installation(environment("postgresql"))
    site.fill()
    out = tmp_path / "b.tar.gz"
    assert site.run("backup", "create", "--out", str(out))[0] == 0
    engine = sa.create_engine(site.env["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect():
        code, output = site.run("backup", "restore", str(out), "--force")
    engine.dispose()
    assert code == 1
    assert "1 other connections" in output


def test_a_start_during_a_restore_is_refused(small: Installation, tmp_path: Path) -> None:
    with small.opened() as settings, stopped(settings):
        held = running(settings.data_dir)
        with pytest.raises(SiteRuns, match="at work"):
            held.__enter__()


def changed(archive: Path, out: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The archive with every member as `change` gives it, None for none."""
    with tarfile.open(archive) as old, tarfile.open(out, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            body = change(member.name, file.read())
            if body is not None:
                member.size = len(body)
                new.addfile(member, io.BytesIO(body))
    return out


def other_manifest(**facts: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, body: bytes) -> bytes:
        if name != "manifest.json":
            return body
        manifest = json.loads(body)
        manifest["parts"]["database"] |= facts
        return json.dumps(manifest).encode()

    return change


def one_letter_less(name: str, body: bytes) -> bytes:
    return body[:-1] if name.startswith("media/") else body


CHANGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "a member lost": (lambda name, body: None if name == "scans.sqlite3" else body, "is damaged"),
    "a letter lost": (one_letter_less, "is damaged"),
    "no manifest": (lambda name, body: None if name == "manifest.json" else body, "no manifest"),
    "a later release": (other_manifest(migration="9999"), "later release"),
    "another engine": (other_manifest(engine="postgresql"), "`database move`"),
}


@pytest.mark.parametrize(
    "what", [*CHANGES, "cut off", "no archive", "something else", "a way out of the folder"]
)
def test_what_is_no_whole_backup_of_this_site_changes_nothing(
    what: str, small: Installation, archive: Path, tmp_path: Path
) -> None:
    before = small.held()
    broken, said = tmp_path / "broken.tar.gz", "is no backup"
    if what in CHANGES:
        change, said = CHANGES[what]
        changed(archive, broken, change)
    elif what == "cut off":
        broken.write_bytes(archive.read_bytes()[:-2000])
    elif what == "no archive":
        broken.write_bytes(b"not a tar")
    else:
        with tarfile.open(broken, "w:gz") as tar:
            name = "../outside" if what == "a way out of the folder" else "readme.txt"
            said = "is no backup" if name == "../outside" else "no manifest"
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    code, output = small.run("backup", "restore", str(broken), "--force")
    assert code == 1
    assert said in output
    assert "nothing was changed" in output
    assert small.held() == before
    assert list((tmp_path / "var").glob("before-restore-*")) == []
    assert not (tmp_path / "outside").exists()


def test_counts_that_are_not_the_manifests_bring_back_what_was_there(
    small: Installation, archive: Path, tmp_path: Path
) -> None:
    """Whoever wrote the manifest counted otherwise: the last thing asked, after everything is in its place."""
    tables = manifest_of(archive)["parts"]["database"]["tables"]  # type: ignore[index]
    lying = changed(archive, tmp_path / "lying.tar.gz", other_manifest(tables={**tables, "users": 99}))
    with small.opened():
        part(Storage).put("later-240.webp", b"later", "image/webp")
        part(Trace).scans.record(3, clock.now(), lang="vi")
    before = small.held()
    code, output = small.run("backup", "restore", str(lying), "--force")
    assert code == 1
    assert "what was there is back" in output
    assert small.held() == before
    assert list((tmp_path / "var").glob("before-restore-*")) == []


@pytest.mark.postgres
@pytest.mark.redis
def test_the_same_where_everything_is_on_servers(environment: Environment, tmp_path: Path) -> None:
    site = Installation(environment("large"))
    site.fill()
    archive = tmp_path / "backup.tar.gz"
    site.run("backup", "create", "--out", str(archive))
    tables = manifest_of(archive)["parts"]["database"]["tables"]  # type: ignore[index]
    lying = changed(archive, tmp_path / "lying.tar.gz", other_manifest(tables={**tables, "users": 99}))
    with site.opened():
        part(Storage).put("later-240.webp", b"later", "image/webp")
        part(Trace).scans.record(3, clock.now(), lang="vi")
    before = site.held()
    code, output = site.run("backup", "restore", str(lying), "--force")
    assert code == 1
    assert "what was there is back" in output
    assert site.held() == before


@pytest.mark.parametrize("name", ["journal", "media"])
def test_a_store_of_a_third_site_is_never_moved_aside(
    name: str, small: Installation, archive: Path, tmp_path: Path
) -> None:
    with small.opened():
        if name == "journal":
            part(Trace).scans.sign(f"{'0' * 32} 1")
        else:
            part(Storage).put(MARK, f"{'0' * 32} 1".encode(), "text/plain")
    code, output = small.run("backup", "restore", str(archive), "--force")
    assert code == 1
    assert "belongs to another site" in output


def test_keys_of_the_environment_must_open_the_stamps_of_the_archive(
    small: Installation, archive: Path
) -> None:
    code, output = small.run("backup", "restore", str(archive), "--force", STAMP_KEYS=f"k1:{'2b' * 32}")
    assert code == 1
    assert "STAMP_KEYS of the environment lacks the archive's key k1" in output
    with small.opened() as settings:
        keys = settings.stamp_keys
    rotated = f"k2:{'2b' * 32},{keys}"
    code, output = small.run(
        "backup", "restore", str(archive), "--force", STAMP_KEYS=rotated, SECRET_KEY="s" * 40
    )
    assert code == 0, output
    assert "SECRET_KEY is the environment's, not the archive's" in output


def test_what_an_archive_leaves_out_is_named_after_the_restore(small: Installation, tmp_path: Path) -> None:
    out = tmp_path / "b.tar.gz"
    code, output = small.run("backup", "create", "--out", str(out), "--without", "journal")
    assert code == 0, output
    lose_everything(small, tmp_path)
    code, output = small.run("backup", "restore", str(out))
    assert code == 1
    assert "journal: The scan journal is not the one this database knew" in output
    assert small.held()["users"]


def test_mail_of_the_archive_is_no_loss_where_mail_is_sent(small: Installation, archive: Path) -> None:
    code, output = small.run("backup", "restore", str(archive), "--force", MAIL_URL="smtp://mail.example")
    assert code == 0, output
    assert "the mail of the archive stays in it" in output


@pytest.mark.parametrize(
    "env",
    [
        {"MEDIA_URL": "s3://photos/x?endpoint=http://127.0.0.1:9&region=us-east-1"},
        {"DATABASE_URL": "postgresql://postgres@127.0.0.1:9/x"},
    ],
)
def test_a_store_that_does_not_answer_stops_a_restore_before_it_begins(
    env: dict[str, str], small: Installation, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    before = small.held()
    code, output = small.run("backup", "restore", str(archive), "--force", **env)
    assert code == 1
    assert "does not answer" in output
    assert "nothing was changed" in output
    assert small.held() == before
