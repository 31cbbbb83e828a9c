"""flask backup: everything the embedded installation holds, in one file.

The database, the scan journal and the wake-up file are copied by SQLite's own backup, so a running server does not
disturb them. Keys and media are copied as files. The archive holds the secrets, so only its owner can read it. A
PostgreSQL database is its own server's to back up (pg_dump): the archive then holds the rest, and a note is printed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

import click
from flask.cli import AppGroup

from app.core import clock
from app.core.parts import part
from config import Settings

command = AppGroup("backup", help="Back up and restore DATA_DIR.")
DATABASES = ("nguon.db", "scans.sqlite3")
FOLDERS = ("keys", "media", "outbox")


def _settings() -> Settings:
    settings: Settings = part(Settings)
    return settings


@command.command("create")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: nguon-<time>.tar.gz here."
)
def create(out: Path | None) -> None:
    """Write a backup of the whole installation."""
    settings = _settings()
    out = out or Path(f"nguon-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz")
    if out.exists():
        raise click.ClickException(f"{out} is there already")
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as name:
        folder = Path(name)
        for database in DATABASES:
            source = settings.data_dir / database
            if source.exists():
                with (
                    contextlib.closing(sqlite3.connect(source)) as live,
                    contextlib.closing(sqlite3.connect(folder / database)) as copy,
                ):
                    live.backup(copy)
        partial = out.with_name(out.name + ".partial")
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for database in DATABASES:
                if (folder / database).exists():
                    archive.add(folder / database, arcname=database)
            for stored in FOLDERS:
                if (settings.data_dir / stored).is_dir():
                    archive.add(settings.data_dir / stored, arcname=stored)
        partial.rename(out)
    click.echo(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")
    if not settings.embedded_database:
        click.echo("the PostgreSQL database is not in it: use pg_dump")


@command.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; it is moved aside, not deleted.")
def restore(archive: Path, force: bool) -> None:
    """Put a backup back into DATA_DIR. Stop the server first."""
    settings = _settings()
    there = [name for name in (*DATABASES, *FOLDERS) if (settings.data_dir / name).exists()]
    if "nguon.db" in there and not force:
        raise click.ClickException(f"{settings.data_dir} is not empty: --force moves what is there aside")
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as name:
        folder = Path(name)
        try:
            with tarfile.open(archive) as compressed:
                compressed.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise click.ClickException(f"{archive} is no backup: {error}; nothing was changed") from error
        parts = [name for name in (*DATABASES, *FOLDERS) if (folder / name).exists()]
        if not parts:
            raise click.ClickException(f"{archive} holds nothing of ours; nothing was changed")
        aside = settings.data_dir / f"before-restore-{clock.now():%Y%m%dT%H%M%SZ}"
        for part in there:
            aside.mkdir(exist_ok=True)
            shutil.move(settings.data_dir / part, aside / part)
        for database in DATABASES:  # a journal of the replaced file must not be played into the new one
            for suffix in ("-wal", "-shm"):
                (settings.data_dir / (database + suffix)).unlink(missing_ok=True)
        for part in parts:
            shutil.move(folder / part, settings.data_dir / part)
    click.echo(f"restored: {', '.join(parts)}")
    if there:
        click.echo(f"what was there is in {aside}")
