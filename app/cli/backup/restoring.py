"""Putting a backup back: checked whole before anything is changed, counted after, undone when something fails."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click
import flask_migrate
import sqlalchemy as sa
from botocore.exceptions import BotoCoreError, ClientError
from redis.exceptions import RedisError

from app.accounts.sessions import log_everybody_out
from app.cli.backup import database, files, journal
from app.cli.backup.archive import Facts, NoBackup, unpack
from app.cli.backup.aside import Aside
from app.cli.backup.creating import described
from app.cli.running import let_go, stopped
from app.cli.stores import StoresWrong
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Refusal
from app.core.parts import part
from app.core.storage import Storage, StorageMark
from app.core.stores import Stores
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from app.trace.scans.journal import START
from app.trace.setup import Trace
from config import Settings

Parts = Mapping[str, Facts]
STORE_ERRORS: Final = (OSError, RedisError, sa.exc.SQLAlchemyError, BotoCoreError, ClientError, Refusal)
"""What the stores' drivers raise."""


class RestoreFailed(click.ClickException):
    """What was put back is not what the manifest says, or a store failed on the way: what was there is back."""


def restore_backup(archive: Path, *, force: bool) -> None:
    """Put the stores of an archive in place of those that are configured, and say what they hold.

    Raises click.ClickException: nothing is changed then, or what was there is back; but for stores that the archive
    does not hold and that do not belong to its database, which are named when everything else is in its place.
    """
    settings = part(Settings)
    with stopped(settings), tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        unpacked = Path(folder)
        manifest = unpack(archive, unpacked)
        parts: Parts = manifest["parts"]
        try:
            _check(parts, unpacked, force=force)
        except STORE_ERRORS as error:
            raise NoBackup(f"a store does not answer: {type(error).__name__}: {error}"[:500]) from error
        with ExitStack() as undo:
            aside = Aside(undo, f"{clock.now():%Y%m%dt%H%M%Sz}")
            try:
                notes = _put_back(parts, unpacked, aside)
                _count(parts, unpacked)
            except (*STORE_ERRORS, click.ClickException) as error:
                reason = error.message if isinstance(error, click.ClickException) else str(error)
                raise RestoreFailed(f"{reason}; what was there is back") from error
            undo.pop_all()
        click.echo(f"{archive}: of {manifest['made_at']}")
        for name, facts in parts.items():
            click.echo(f"{name}: {described(name, facts)}")
        for note in (*notes, *(f"what was there is in {place}" for place in aside.places)):
            click.echo(note)
        _bring_up_to_date(new_database=database.NAME in parts)


def _check(parts: Parts, unpacked: Path, *, force: bool) -> None:
    """Raises NoBackup for whatever would stop the restore half-way, or make one site of two."""
    there: list[str] = []
    if database.NAME in parts:
        there += database.check(parts[database.NAME], unpacked)
    owners = {parts.get(database.NAME, {}).get("identity"), database.present_identity()}
    if journal.NAME in parts:
        journal.check(parts[journal.NAME])
        scans = part(Trace).scans
        _refuse_foreign("the scan journal", scans.mark(), owners)
        there += ["the scan journal"] if scans.end() != START else []
        scans.close()
    if files.KEYS in parts:
        files.check_keys(unpacked)
    if files.MEDIA in parts:
        _refuse_foreign("the media store", StorageMark(part(Storage)).mark(), owners)
        there += ["the media store"] if files.holds_files() else []
    if there and not force:
        raise NoBackup(f"not empty: {', '.join(there)}. --force moves what is there aside")


def _refuse_foreign(what: str, mark: str | None, owners: set[str | None]) -> None:
    if mark is not None and mark.split()[0] not in owners:
        raise NoBackup(
            f"{what} belongs to another site, neither the archive's nor the one here: name another place"
        )


def _put_back(parts: Parts, unpacked: Path, aside: Aside) -> list[str]:
    """Returns what the environment decides otherwise than the archive."""
    notes: list[str] = []
    if database.NAME in parts:
        database.restore(unpacked, aside)
    if journal.NAME in parts:
        journal.restore(parts[journal.NAME], unpacked, aside)
    if files.KEYS in parts:
        notes += files.restore_keys(unpacked, aside)
    if files.MAIL in parts:
        folder = files.mail_folder()
        if folder is None:
            notes.append("the mail of the archive stays in it: MAIL_URL names no folder")
        else:
            files.restore_mail(unpacked / files.MAIL, folder, aside)
    if files.MEDIA in parts:
        files.restore_media(unpacked / files.MEDIA, aside)
    return notes


def _count(parts: Parts, unpacked: Path) -> None:
    """Raises RestoreFailed when a store does not hold what the manifest says."""
    wanted: dict[str, object] = {}
    held: dict[str, object] = {}
    if database.NAME in parts:
        wanted[database.NAME], held[database.NAME] = (
            parts[database.NAME]["tables"],
            database.count()["tables"],
        )
    if journal.NAME in parts:
        wanted[journal.NAME], held[journal.NAME] = parts[journal.NAME]["scans"], journal.count()
    if files.MEDIA in parts:
        wanted[files.MEDIA] = parts[files.MEDIA]["files"]
        held[files.MEDIA] = files.count_media(unpacked / files.MEDIA)
    wrong = [name for name in wanted if wanted[name] != held[name]]
    if wrong:
        raise RestoreFailed("; ".join(f"{name} holds {held[name]} and not {wanted[name]}" for name in wrong))


def _bring_up_to_date(*, new_database: bool) -> None:
    """Migrate what an earlier release wrote, build the index, and see whether all stores belong together."""
    flask_migrate.upgrade()
    if new_database:  # sessions that ended since the backup would be alive again
        with atomic() as session:
            log_everybody_out(session)
        click.echo("everybody is logged out")
    click.echo(f"search: {reindex(db.session(), part(SearchBackend)):,} products indexed")
    db.session.remove()
    wrong = part(Stores).wrong(db.session())
    let_go()
    # The ring of this process was read before the keys were put back; the next start reads them.
    wrong.pop("keys", None)
    if wrong:
        raise StoresWrong(wrong, "Restored; but what the archive does not hold does not belong to it:")
