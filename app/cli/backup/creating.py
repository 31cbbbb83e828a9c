"""Making a backup: each store in its turn, the database first."""

from __future__ import annotations

import platform
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, TypeVar

import click
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app

from app.catalogue.models import Photo
from app.catalogue.photos import file_names
from app.cli.backup import database, files, journal
from app.cli.backup.archive import FORMAT, BackupFailed, Facts, Packing, packing
from app.cli.stores import StoresWrong
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.core.stores import Stores
from app.web.media import WIDTHS
from config import Settings

PARTS: Final = (database.NAME, journal.NAME, files.KEYS, files.MAIL, files.MEDIA)
_SHOWN: Final = 10
Result = TypeVar("Result")


def create_backup(out: Path, *, without: Collection[str]) -> None:
    """Pack everything configured but for `without` into `out`, and say what it holds.

    Raises click.ClickException: nothing is written then; but for photographs whose files the store has lost, which
    are named when everything else is safe.
    """
    settings = part(Settings)
    left_out = {journal.NAME if name == "redis" else name for name in without}
    if out.exists():
        raise click.ClickException(f"{out} is there already")
    if database.NAME not in left_out:
        _tried(database.NAME, lambda: _refuse_foreign_stores(left_out))
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder, packing(out, Path(folder)) as archive:
        parts, lost = _pack(archive, left_out)
        archive.finish(
            {
                "format": FORMAT,
                "made_at": clock.now().isoformat(),
                "release": ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head(),
                "python": platform.python_version(),
                "without": sorted(left_out),
                "parts": parts,
            }
        )
    click.echo(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")
    for name, facts in parts.items():
        click.echo(f"{name}: {described(name, facts)}")
    if left_out:
        click.echo(f"left out as asked: {', '.join(sorted(left_out))}")
    if lost:
        raise BackupFailed(
            f"{out} is written, but the media store has lost the files of {len(lost):,} photographs that the database"
            f" names: {', '.join(lost[:_SHOWN])}{' …' if len(lost) > _SHOWN else ''}"
        )


def _refuse_foreign_stores(left_out: Collection[str]) -> None:
    """A journal of another day beside this database would make one backup of two sites."""
    if not sa.inspect(db.engine).has_table("store_marks"):
        return  # a database that waits for its upgrade: nobody knows whose the stores are
    asked = {journal.NAME, files.KEYS, files.MEDIA} - set(left_out)
    wrong = part(Stores).wrong(db.session(), *sorted(asked)) if asked else {}
    db.session.remove()
    if wrong:
        raise StoresWrong(
            wrong, f"Nothing was written. Leave out what is meant to be: --without {next(iter(wrong))}"
        )


def _pack(archive: Packing, left_out: Collection[str]) -> tuple[dict[str, Facts], list[str]]:
    """What each store held, and the photographs whose files are lost."""
    parts: dict[str, Facts] = {}
    photos: Counter[str] = Counter()
    lost: list[str] = []
    if database.NAME not in left_out:
        parts[database.NAME], photos = _tried(database.NAME, lambda: database.pack(archive))
    if journal.NAME not in left_out:
        parts[journal.NAME] = _tried(journal.NAME, lambda: journal.pack(archive))
    if files.KEYS not in left_out:
        parts[files.KEYS] = files.pack_keys(archive)
    mail = files.mail_folder()
    if files.MAIL not in left_out and mail is not None:
        parts[files.MAIL] = _tried(files.MAIL, lambda: files.pack_mail(archive, mail))
    if files.MEDIA not in left_out:
        parts[files.MEDIA], foreign = _tried(files.MEDIA, lambda: files.pack_media(archive, photos))
        lost = _lost(photos)
        for name in foreign:
            click.echo(f"media: {name} is not the site's and stays out", err=True)
    return parts, lost


def _tried(name: str, pack: Callable[[], Result]) -> Result:
    try:
        return pack()
    except click.ClickException:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:300]
        raise BackupFailed(
            f"{name}: {reason}. Nothing was written; or leave it out: --without {name}"
        ) from error


def _lost(photos: Counter[str]) -> list[str]:
    """The photographs without all their files, but for those taken down since the database was copied."""
    short = {key for key, found in photos.items() if found < len(file_names("", WIDTHS))}
    if short:
        short &= set(db.session.scalars(sa.select(Photo.key)))
        db.session.remove()
    return sorted(short)


def described(name: str, facts: Facts) -> str:
    """What a store held, for the terminal."""
    if name == database.NAME:
        rows = sum(facts["tables"].values())
        return f"{facts['engine']}, {rows:,} rows in {len(facts['tables'])} tables, migration {facts['migration']}"
    if name == journal.NAME:
        return f"{facts['engine']}, {facts['scans']:,} scans"
    if name == files.KEYS:
        return f"SECRET_KEY, STAMP_KEYS {', '.join(facts['stamp_keys'])}"
    return f"{facts['files']:,} files"
