"""flask backup: everything the settings name comes back, from every configuration, or is missed by name."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from app.catalogue.models import Photo
from app.catalogue.photos import file_names
from app.core.db import atomic, db
from app.core.parts import part
from app.core.storage import Storage
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


@pytest.fixture
def small(environment: Environment) -> Installation:
    """A site of the default configuration."""
    made = Installation(environment("default"))
    made.fill()
    return made


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
            Redis.from_url(settings.redis_url).flushdb()
    for folder in ("var", "disk", "pictures", "post"):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)


def mails(tmp_path: Path) -> list[str]:
    return [path.read_text() for path in (*tmp_path.glob("var/outbox/*"), *tmp_path.glob("post/*"))]


def manifest_of(archive: Path) -> dict[str, object]:
    with tarfile.open(archive) as tar:
        body = tar.extractfile("manifest.json")
        assert body is not None
        manifest: dict[str, object] = json.load(body)
        return manifest


def test_everything_comes_back_on_a_new_machine(site: Installation, tmp_path: Path) -> None:
    before = site.held()
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


def test_what_was_there_is_moved_aside_whole_and_the_site_is_the_archives(
    site: Installation, tmp_path: Path
) -> None:
    before = site.held()
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
            kept = Redis.from_url(settings.redis_url).keys("before-restore-*:nguon:scans")
            assert len(kept) == 1
    code, output = site.run("backup", "create", "--out", str(tmp_path / "again.tar.gz"))
    assert code == 0, output
    first, again = manifest_of(archive)["parts"], manifest_of(tmp_path / "again.tar.gz")["parts"]
    assert isinstance(first, dict)
    assert isinstance(again, dict)
    assert again["media"] == first["media"], "what was moved aside is no part of the site"
    assert again["journal"] == first["journal"]
