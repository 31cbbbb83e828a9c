"""flask backup: what was there comes back, with its keys, while the server runs."""

from __future__ import annotations

import stat
import tarfile
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.parts import part
from app.trace.setup import Trace
from config import Settings, load_settings


def installation(tmp_path: Path) -> tuple[Flask, Settings]:
    """An embedded installation of its own, migrated, with one product, one scan and one photo."""
    import datetime as dt

    from flask_migrate import upgrade

    from app.factory import create_app

    settings = load_settings({"DATA_DIR": str(tmp_path / "var")})
    app = create_app(settings)
    with app.app_context():
        upgrade()
        part(Trace, app).scans.record(7, dt.datetime.now(dt.UTC), lang="vi")
    (settings.data_dir / "media").mkdir()
    (settings.data_dir / "media" / "a.webp").write_bytes(b"photo")
    return app, settings


def test_a_backup_restores_database_journal_keys_and_media(tmp_path: Path) -> None:
    app, settings = installation(tmp_path)
    out = tmp_path / "backup.tar.gz"
    runner = app.test_cli_runner()
    created = runner.invoke(args=["backup", "create", "--out", str(out)])
    assert created.exit_code == 0, created.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with tarfile.open(out) as archive:
        names = archive.getnames()
    for name in ("nguon.db", "scans.sqlite3", "keys/secret_key", "keys/stamp_keys", "media/a.webp"):
        assert name in names
    again = runner.invoke(args=["backup", "create", "--out", str(out)])
    assert again.exit_code != 0 and "there already" in again.output

    other = load_settings({"DATA_DIR": str(tmp_path / "other")})
    assert other.stamp_keys != settings.stamp_keys
    from app.factory import create_app

    empty = create_app(other)
    refused = empty.test_cli_runner().invoke(args=["backup", "restore", str(out)])
    assert refused.exit_code == 0 or "--force" in refused.output
    restored = empty.test_cli_runner().invoke(args=["backup", "restore", str(out), "--force"])
    assert restored.exit_code == 0, restored.output
    back = load_settings({"DATA_DIR": str(tmp_path / "other")})
    assert (back.stamp_keys, back.secret_key) == (settings.stamp_keys, settings.secret_key)
    assert (back.data_dir / "media" / "a.webp").read_bytes() == b"photo"
    revived = create_app(back)
    with revived.app_context():
        assert part(Trace, revived).scans.peek(7).count == 1


def test_a_full_installation_is_not_overwritten_unasked_and_is_moved_aside(tmp_path: Path) -> None:
    app, settings = installation(tmp_path)
    out = tmp_path / "backup.tar.gz"
    runner = app.test_cli_runner()
    runner.invoke(args=["backup", "create", "--out", str(out)])
    refused = runner.invoke(args=["backup", "restore", str(out)])
    assert refused.exit_code != 0 and "--force" in refused.output
    forced = runner.invoke(args=["backup", "restore", str(out), "--force"])
    assert forced.exit_code == 0, forced.output
    (aside,) = settings.data_dir.glob("before-restore-*")
    assert (aside / "nguon.db").exists() and (aside / "keys" / "secret_key").exists()


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    app, settings = installation(tmp_path)
    before = sorted(path.name for path in settings.data_dir.iterdir())
    broken, foreign = tmp_path / "broken.tar.gz", tmp_path / "foreign.tar.gz"
    broken.write_bytes(b"not a tar")
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(broken, arcname="readme.txt")
    for path in (broken, foreign):
        outcome = app.test_cli_runner().invoke(args=["backup", "restore", str(path), "--force"])
        assert outcome.exit_code != 0 and "nothing was changed" in outcome.output
    assert sorted(path.name for path in settings.data_dir.iterdir()) == before


def test_on_postgresql_the_backup_names_what_it_leaves_out(
    session: Session, settings: Settings, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    outcome = runner.invoke(args=["backup", "create", "--out", str(tmp_path / "b.tar.gz")])
    assert outcome.exit_code == 0
    assert ("use pg_dump" in outcome.output) is (not settings.embedded_database)
