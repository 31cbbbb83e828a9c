"""The scan journal in a backup: its SQLite file, or lines and sums of Redis; and scans that wait."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from app.cli.backup.archive import Facts, NoBackup, Packing
from app.cli.backup.aside import Aside
from app.cli.backup.database import SIDE_FILES
from app.core.parts import part
from app.trace.scans.carrying import CarriedRedis, Sum, every_scan
from app.trace.scans.journal import START, LoggedScan, from_ms, to_ms
from app.trace.setup import Trace
from config import Settings

NAME: Final = "journal"
SQLITE: Final = "scans.sqlite3"
LINES: Final = "scans.jsonl"
SUMS: Final = "stamps.jsonl"
WAITING: Final = "scans-waiting.sqlite3"


def pack(packing: Packing) -> Facts:
    """Copy the journal, after the database: lines not folded yet are sound, lines folded and lost are not.

    What waits comes first and the lines before the sums: a scan on its way is in both rather than in neither, and
    nobody is told that nobody looked.
    """
    url = part(Settings).redis_url
    waiting = _copy(WAITING, packing.folder)
    facts = _pack_redis(packing, CarriedRedis(url), waiting) if url else _pack_file(packing)
    if waiting is not None:
        with closing(sqlite3.connect(waiting)) as copy:
            (facts["waiting"],) = copy.execute("SELECT count(*) FROM waiting").fetchone()
        _add(packing, waiting)
    return facts


def _pack_file(packing: Packing) -> Facts:
    copy = _copy(SQLITE, packing.folder)
    if copy is None:
        return {"engine": "sqlite", "scans": 0, "end": START, "mark": None}
    with closing(sqlite3.connect(copy)) as kept:
        count, last = kept.execute("SELECT count(*), max(seq) FROM scan").fetchone()
    _add(packing, copy)
    return {"engine": "sqlite", "scans": count, "end": str(last or START), "mark": part(Trace).scans.mark()}


def _copy(name: str, folder: Path) -> Path | None:
    """A copy of a file of SQLite that others may be writing, None where there is none."""
    source = part(Settings).data_dir / name
    if not source.exists():
        return None
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(folder / name)) as kept:
        live.backup(kept)
    return folder / name


def _add(packing: Packing, path: Path) -> None:
    packing.add_path(path.name, path)
    path.unlink()


def _pack_redis(packing: Packing, scans: CarriedRedis, waiting: Path | None) -> Facts:
    if waiting is not None:
        _forget_taken(scans, waiting)
    count, end = 0, START
    lines, sums = packing.folder / LINES, packing.folder / SUMS
    with lines.open("w", encoding="utf-8") as file:
        for scan in every_scan(scans):
            device = scan.device.hex() if scan.device else None
            line = [scan.cursor, scan.n, to_ms(scan.at), scan.lang, scan.province, device]
            file.write(json.dumps(line) + "\n")
            count, end = count + 1, scan.cursor
    with sums.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(known) + "\n" for known in scans.sums())
    _add(packing, lines)
    _add(packing, sums)
    mark = scans.mark()
    scans.close()
    return {"engine": "redis", "scans": count, "end": end, "mark": mark}


def _forget_taken(scans: CarriedRedis, waiting: Path) -> None:
    """What waits and was written all the same would be counted twice by a Redis that has forgotten its id."""
    with closing(sqlite3.connect(waiting)) as copy, copy:
        for (scan_id,) in copy.execute("SELECT id FROM waiting").fetchall():
            if scans.has_taken(scan_id):
                copy.execute("DELETE FROM waiting WHERE id = ?", (scan_id,))


# --- back -----------------------------------------------------------------------------------------------------------


def check(facts: Facts) -> None:
    """Raises NoBackup where the journal that is configured is of the other engine."""
    configured = "redis" if part(Settings).redis_url else "sqlite"
    if facts["engine"] != configured:
        raise NoBackup(
            f"the archive holds the scan journal of {facts['engine']} and REDIS_URL asks for {configured}:"
            " set it as it was, then `database move` carries the journal over"
        )


def restore(facts: Facts, folder: Path, aside: Aside) -> None:
    """Put the journal back, the one that is there moved aside."""
    part(Trace).scans.close()
    _place(WAITING, folder, aside)
    url = part(Settings).redis_url
    if not url:
        _place(SQLITE, folder, aside)
        return
    scans = CarriedRedis(url)
    prefix = scans.move_aside(aside.name)
    aside.undo.callback(scans.move_back, prefix)
    aside.places.append(f"keys {prefix}* of Redis")
    scans.load(_lines(folder / LINES), _sums(folder / SUMS))
    if facts["mark"]:
        scans.sign(facts["mark"])


def _place(name: str, folder: Path, aside: Aside) -> None:
    """A file of the archive in place of what is there, or nothing where the archive has none."""
    path = part(Settings).data_dir / name
    for suffix in SIDE_FILES:
        aside.move(path.with_name(path.name + suffix))
    if (folder / name).exists():
        aside.place(folder / name, path)
    else:
        aside.move(path)


def _lines(path: Path) -> Iterator[LoggedScan]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            cursor, n, ms, lang, province, device = json.loads(line)
            yield LoggedScan(
                cursor, n, from_ms(ms), lang, province, bytes.fromhex(device) if device else None
            )


def _sums(path: Path) -> Iterator[Sum]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            n, row = json.loads(line)
            yield n, tuple(row)


def count() -> int:
    """The scans that the journal in its place holds now."""
    scans = part(Trace).scans
    found = scans.count()
    scans.close()
    return found
