"""The database in a backup: SQLite by its own copying, PostgreSQL by pg_dump; counted on both sides."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app

from app.catalogue.models import Photo
from app.cli.backup.archive import BackupFailed, Facts, NoBackup, Packing
from app.cli.backup.aside import Aside
from app.cli.running import database_file
from app.core.db import db

NAME: Final = "database"
SQLITE: Final = "database.sqlite3"
POSTGRES: Final = "database.pgdump"
_IDENTITY: Final = sa.text("SELECT mark FROM store_marks WHERE name = 'database'")
SIDE_FILES: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database's file."""


def pack(packing: Packing) -> tuple[Facts, Counter[str]]:
    """Copy the database as it is at one moment. Returns what it holds, and the keys of the photographs it names.

    The keys are counted 0: what finds their files counts up. Raises BackupFailed.
    """
    return _pack_sqlite(packing) if db.engine.dialect.name == "sqlite" else _pack_postgres(packing)


def _pack_sqlite(packing: Packing) -> tuple[Facts, Counter[str]]:
    source, copy = database_file(), packing.folder / SQLITE
    if source is None or not source.exists():
        raise BackupFailed(f"{NAME}: there is no file {source or 'of a database in memory'}")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)
        (sound,) = kept.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise BackupFailed(f"{NAME}: {source} is damaged: {sound}")
    with _opened(copy) as connection:
        facts, photos = facts_of(connection), _photo_keys(connection)
    packing.add_path(SQLITE, copy)
    copy.unlink()
    return facts, photos


@contextmanager
def _opened(path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _pack_postgres(packing: Packing) -> tuple[Facts, Counter[str]]:
    dump = packing.folder / POSTGRES
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(
            sa.text("SELECT pg_export_snapshot()")
        )  # dump and counts are of one moment
        facts, photos = facts_of(connection), _photo_keys(connection)
        _postgres_tool(
            "pg_dump",
            "--format=custom",
            "--compress=0",
            f"--snapshot={snapshot}",
            "--exclude-schema=before_restore_*",
            f"--file={dump}",
        )
    packing.add_path(POSTGRES, dump)
    dump.unlink()
    return facts, photos


def facts_of(connection: sa.Connection) -> Facts:
    """What a database holds: rows of every table, identity, migration, how far it has folded and announced."""
    inspector = sa.inspect(connection)
    tables = sorted(inspector.get_table_names())
    known = set(tables)

    def scalar(table: str, statement: str) -> object:
        return connection.scalar(sa.text(statement)) if table in known else None

    return {
        "engine": connection.dialect.name,
        "tables": {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in tables
        },
        "identity": connection.scalar(_IDENTITY) if "store_marks" in known else None,
        "migration": scalar("alembic_version", "SELECT version_num FROM alembic_version"),
        "position": {
            "folded": scalar(
                "scan_cursors", "SELECT max(position) FROM scan_cursors WHERE name = 'scan-days'"
            ),
            "changes": scalar("changes", "SELECT max(id) FROM changes"),
            "search": scalar("store_marks", "SELECT max(mark) FROM store_marks WHERE name = 'index'"),
        },
    }


def _photo_keys(connection: sa.Connection) -> Counter[str]:
    """By key of a photograph nought: whoever finds its files counts up."""
    return Counter(dict.fromkeys(connection.scalars(sa.select(Photo.key)), 0))


# --- back -----------------------------------------------------------------------------------------------------------


def check(facts: Facts, folder: Path) -> list[str]:
    """What is there already. Raises NoBackup for an archive that cannot be put back into the database configured."""
    engine = db.engine.dialect.name
    if facts["engine"] != engine:
        raise NoBackup(
            f"the archive holds a {facts['engine']} database and DATABASE_URL names {engine}: put it back where it was,"
            " then `database move` carries it over"
        )
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    if facts["migration"] not in {script.revision for script in scripts.walk_revisions()}:
        raise NoBackup(f"the archive is of a later release: migration {facts['migration']} is not known here")
    if not (folder / (SQLITE if engine == "sqlite" else POSTGRES)).is_file():
        raise NoBackup("the archive has no database in it")
    if engine == "sqlite":
        path = database_file()
        if path is None:
            raise NoBackup("DATABASE_URL names a database in memory")
        there = str(path) if path.exists() else ""
    else:
        _postgres_tool("pg_restore", "--version", error=NoBackup)
        there = db.engine.url.render_as_string() if sa.inspect(db.engine).has_table("alembic_version") else ""
    db.engine.dispose()
    return [there] if there else []


def present_identity() -> str | None:
    """The identity of the database in its place, None where there is none yet."""
    path = database_file()
    if db.engine.dialect.name == "sqlite" and not (path and path.exists()):
        return None
    with db.engine.connect() as connection:
        known = sa.inspect(connection).has_table("store_marks")
        identity = connection.scalar(_IDENTITY) if known else None
    db.engine.dispose()
    return identity


def restore(folder: Path, aside: Aside) -> None:
    """Put the database back, the one that is there moved aside."""
    if db.engine.dialect.name == "postgresql":
        _restore_postgres(folder / POSTGRES, aside)
        return
    path = database_file()
    assert path is not None
    for suffix in SIDE_FILES:  # with the file they belong to, and never under another
        aside.move(path.with_name(path.name + suffix))
    aside.place(folder / SQLITE, path)


def count() -> Facts:
    """What the database in its place holds now."""
    with db.engine.connect() as connection:
        facts = facts_of(connection)
    db.engine.dispose()
    return facts


_EXTENSIONS: Final = sa.text(
    "SELECT extname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE nspname = :schema"
)


def _restore_postgres(dump: Path, aside: Aside) -> None:
    """What is there stays in a schema of its own; extensions serve the schema in use."""
    former = aside.name.replace("-", "_")

    def swap(now: str, then: str) -> None:
        with db.engine.begin() as connection:
            extensions = list(connection.scalars(_EXTENSIONS, {"schema": "public"}))
            connection.exec_driver_sql(f"ALTER SCHEMA public RENAME TO {now}")
            connection.exec_driver_sql(then)
            for extension in extensions:
                connection.exec_driver_sql(f'ALTER EXTENSION "{extension}" SET SCHEMA public')
        db.engine.dispose()

    def back() -> None:
        swap("half_restored", f"ALTER SCHEMA {former} RENAME TO public")
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA half_restored CASCADE")

    swap(former, "CREATE SCHEMA public")
    aside.undo.callback(back)
    aside.places.append(f"schema {former}")
    # Whoever may use an extension need not own it, and then may not describe it.
    listed = _postgres_tool("pg_restore", "--list", str(dump), connected=False)
    wanted = dump.with_suffix(".list")
    wanted.write_text("\n".join(line for line in listed.splitlines() if "COMMENT - EXTENSION" not in line))
    _postgres_tool(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        f"--use-list={wanted}",
        str(dump),
    )


def _postgres_tool(
    name: str,
    *arguments: str,
    connected: bool = True,
    error: type[BackupFailed] | type[NoBackup] = BackupFailed,
) -> str:
    """Run a tool of PostgreSQL on the site's database, its password not on the command line; gives what it says."""
    if shutil.which(name) is None:
        raise error(f"{NAME}: {name} is not installed (Debian: postgresql-client); or --without {NAME}")
    url = db.engine.url.set(drivername="postgresql")
    env = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(password=None).render_as_string() if url.password else url.render_as_string()
    target = [f"--dbname={address}"] if connected and "--version" not in arguments else []
    done = subprocess.run([name, *target, *arguments], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise error(f"{NAME}: {name} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
