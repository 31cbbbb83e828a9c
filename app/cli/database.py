"""flask database: a site that began embedded carried to PostgreSQL, Redis and a bucket, and compared there."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from dataclasses import replace

import click
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import AppGroup

from app.cli.backup.files import content_type, is_aside
from app.cli.backup.journal import SQLITE
from app.cli.backup.restoring import STORE_ERRORS
from app.cli.carrying import Digest, carry_rows, digests_of
from app.cli.running import stopped
from app.cli.serve import FLASK
from app.cli.stores import require
from app.cli.supervision import die_with_parent
from app.core.db import Model, db
from app.core.parts import part
from app.core.storage import Storage, open_storage
from app.trace.scans.carrying import CarriedRedis, cursor_of, every_scan, sums_of_file
from app.trace.scans.folding import CURSOR
from app.trace.scans.journal import START, ScanSummary
from app.trace.scans.models import ScanCursor
from app.trace.setup import Trace
from config import Settings

command = AppGroup("database", help="The database and the stores beside it.")


class MoveFailed(click.ClickException):
    """Nothing was moved: the site goes on where it was, and what was begun elsewhere is taken back."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}; nothing was moved")


@command.command("move")
@click.option("--to-database", metavar="URL", help="An empty database: postgresql://user@host/name.")
@click.option("--to-redis", metavar="URL", help="A Redis without a scan journal: redis://host/0.")
@click.option("--to-media", metavar="URL", help="An empty bucket or folder: s3://bucket/prefix.")
def move(to_database: str | None, to_redis: str | None, to_media: str | None) -> None:
    """Copy the stopped site into other stores, compare every row, scan and file, and print the settings for it.

    What is here stays as it is.
    """
    settings = part(Settings)
    wanted = {"DATABASE_URL": to_database, "REDIS_URL": to_redis, "MEDIA_URL": to_media}
    env = {name: url for name, url in wanted.items() if url}
    if not env:
        raise click.UsageError("say where to: --to-database, --to-redis or --to-media")
    if to_redis and settings.redis_url:
        raise click.UsageError("--to-redis: the scan journal is in Redis already")
    database = _engine(to_database) if to_database else None
    scans = CarriedRedis(to_redis) if to_redis else None
    storage = _storage(to_media) if to_media else None
    with stopped(settings), ExitStack() as undo:
        require("journal", "keys", "media")
        try:
            _refuse_filled(database, scans, storage)
            if database:
                _move_database(database, env, undo)
            if storage:
                _move_media(storage, undo)
            if scans:
                _move_journal(scans, database or db.engine, undo)
            _flask("search", "reindex", env=env)
            _flask("stores", "check", env=env)
        except subprocess.CalledProcessError as error:
            raise MoveFailed(f"`{' '.join(error.cmd[3:])}` failed there") from error
        except STORE_ERRORS as error:
            raise MoveFailed(f"{type(error).__name__}: {error}"[:1000]) from error
        undo.pop_all()
    click.echo("The site is copied; what is here stays as it was. Start it from now on with:")
    for name, url in env.items():
        click.echo(f"  {name}={url}")
    if (settings.data_dir / "keys").exists():
        click.echo(f"SECRET_KEY and STAMP_KEYS: every machine needs those of {settings.data_dir / 'keys'}")


def _engine(url: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise click.UsageError("--to-database is no address of a database") from None
    if address.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise click.UsageError("--to-database must start with postgresql:")
    return sa.create_engine(address.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)


def _storage(url: str) -> Storage:
    try:
        return open_storage(url)
    except ValueError:
        raise click.UsageError("--to-media must start with file: or s3:") from None


def _flask(*arguments: str, env: dict[str, str]) -> None:
    """A command of the site as it will be: with these settings in place of those of this process."""
    subprocess.run([*FLASK, *arguments], check=True, env={**os.environ, **env}, preexec_fn=die_with_parent)


def _refuse_filled(database: sa.Engine | None, scans: CarriedRedis | None, storage: Storage | None) -> None:
    """Raises MoveFailed where something is already: it may be somebody's."""
    filled = []
    if database and sa.inspect(database).get_table_names():
        filled.append("--to-database")
    if scans and (scans.mark() or scans.end() != START):
        filled.append("--to-redis")
    if storage and next(iter(storage.names()), None):
        filled.append("--to-media")
    if filled:
        raise MoveFailed(f"not empty: {', '.join(filled)}")


def _move_database(target: sa.Engine, env: dict[str, str], undo: ExitStack) -> None:
    with db.engine.connect() as source:
        known = source.scalar(sa.text("SELECT version_num FROM alembic_version"))
        head = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
        if known != head:
            raise MoveFailed(
                f"the database is at migration {known} and not {head}: start the site once before"
            )
        undo.callback(_drop_everything, target)
        _flask("db", "upgrade", env=env)
        with target.begin() as write:
            carried = carry_rows(source, write)
            _compare(carried, digests_of(write))
    for name, digest in carried.items():
        click.echo(f"{name}: {digest.rows:,} rows, {digest.hash}")


def _drop_everything(engine: sa.Engine) -> None:
    """Take back what was made in a database that was empty."""
    with engine.begin() as connection:
        Model.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")


def _compare(here: dict[str, Digest], there: dict[str, Digest]) -> None:
    other = [name for name, digest in here.items() if there[name] != digest]
    if other:
        raise MoveFailed(f"the copy differs in {', '.join(other)}")


def _move_media(target: Storage, undo: ExitStack) -> None:
    source, count = part(Storage), 0
    for name in source.names():
        if is_aside(name):
            continue
        body = source.read(name)
        undo.callback(target.delete, name)
        target.put(name, body, content_type(name))
        if target.read(name) != body:
            raise MoveFailed(f"the media store gives {name} back otherwise than it was put")
        count += 1
    click.echo(f"media: {count:,} files")


def _move_journal(target: CarriedRedis, database: sa.Engine, undo: ExitStack) -> None:
    """Scans under cursors that follow from their former ones, so that what was folded stays folded."""
    recorder = part(Trace).recorder
    recorder.replay()
    if waiting := recorder.state()["spooled"]:
        raise MoveFailed(f"{waiting} scans wait to be written and the journal here does not take them")
    source, file = part(Trace).scans, part(Settings).data_dir / SQLITE
    if not file.exists():
        source.end()  # makes it: there is nothing to carry
    undo.callback(target.clear)
    target.load(every_scan(source), sums_of_file(file))
    if source.count() != target.count():
        raise MoveFailed(f"Redis holds {target.count():,} scans and not {source.count():,}")
    for before, after in zip(every_scan(source), every_scan(target), strict=True):
        if replace(before, cursor=cursor_of(before.cursor)) != after:
            raise MoveFailed(f"scan {before.cursor} differs in Redis")
    for n, row in sums_of_file(file):
        if target.peek(n) != ScanSummary(*row):
            raise MoveFailed(f"what is known of stamp {n} differs in Redis")
    mark = source.mark()
    if mark is not None:
        target.sign(mark)
    _put_cursor(target, database, undo)
    click.echo(f"journal: {target.count():,} scans")


def _put_cursor(target: CarriedRedis, database: sa.Engine, undo: ExitStack) -> None:
    of_this_journal = sa.update(ScanCursor).where(ScanCursor.name == CURSOR)
    with database.begin() as connection:
        position = connection.scalar(sa.select(ScanCursor.position).where(ScanCursor.name == CURSOR))
        if position is not None:
            connection.execute(of_this_journal.values(position=cursor_of(position)))

    def back() -> None:
        with database.begin() as connection:
            connection.execute(of_this_journal.values(position=position))

    if position is not None and database is db.engine:
        undo.callback(back)
