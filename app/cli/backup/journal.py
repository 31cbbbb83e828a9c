"""The scan journal in a backup: its SQLite file, or the stream of Redis line by line, from which all else follows."""

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
from app.trace.scans.journal import START, LoggedScan, from_ms, to_ms
from app.trace.scans.journal_redis import RedisScanLog
from app.trace.setup import Trace
from config import Settings

NAME: Final = "journal"
SQLITE: Final = "scans.sqlite3"
LINES: Final = "scans.jsonl"
AT_ONCE: Final = 5_000


def pack(packing: Packing) -> Facts:
    """Copy the journal, after the database: lines not folded yet are sound, lines folded and lost are not."""
    scans = part(Trace).scans
    if isinstance(scans, RedisScanLog):
        lines = packing.folder / LINES
        count, end = _write_lines(scans, lines)
        packing.add_path(LINES, lines)
        lines.unlink()
        return {"engine": "redis", "scans": count, "end": end, "mark": scans.mark()}
    source, copy = _file(), packing.folder / SQLITE
    if not source.exists():
        return {"engine": "sqlite", "scans": 0, "end": START, "mark": None}
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)
        count, last = kept.execute("SELECT count(*), max(seq) FROM scan").fetchone()
    packing.add_path(SQLITE, copy)
    copy.unlink()
    return {"engine": "sqlite", "scans": count, "end": str(last or START), "mark": scans.mark()}


def _write_lines(scans: RedisScanLog, path: Path) -> tuple[int, str]:
    count, end = 0, START
    with path.open("w", encoding="utf-8") as file:
        for scan in every_scan(scans):
            device = scan.device.hex() if scan.device else None
            line = [scan.cursor, scan.n, to_ms(scan.at), scan.lang, scan.province, device]
            file.write(json.dumps(line) + "\n")
            count, end = count + 1, scan.cursor
    return count, end


def every_scan(scans: object) -> Iterator[LoggedScan]:
    """All that was scanned, in order, some thousand lines in memory."""
    cursor = START
    while lines := list(scans.iter_since(cursor, AT_ONCE)):  # type: ignore[attr-defined]
        yield from lines
        cursor = lines[-1].cursor


def _read_lines(path: Path) -> Iterator[LoggedScan]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            cursor, n, ms, lang, province, device = json.loads(line)
            yield LoggedScan(
                cursor, n, from_ms(ms), lang, province, bytes.fromhex(device) if device else None
            )


def check(facts: Facts) -> None:
    """Raises NoBackup where the journal that is configured is of the other engine."""
    configured = "redis" if isinstance(part(Trace).scans, RedisScanLog) else "sqlite"
    if facts["engine"] != configured:
        raise NoBackup(
            f"the archive holds the scan journal of {facts['engine']} and REDIS_URL asks for {configured}:"
            " set it as it was, then `database move` carries the journal over"
        )


def restore(facts: Facts, folder: Path, aside: Aside) -> None:
    """Put the journal back, the one that is there moved aside."""
    scans = part(Trace).scans
    if isinstance(scans, RedisScanLog):
        prefix = scans.move_aside(aside.name)
        aside.undo.callback(scans.move_back, prefix)
        aside.places.append(f"keys {prefix}* of Redis")
        scans.load(_read_lines(folder / LINES))
        if facts["mark"]:
            scans.sign(facts["mark"])
        return
    scans.close()
    path = _file()
    for suffix in SIDE_FILES:
        aside.move(path.with_name(path.name + suffix))
    if (folder / SQLITE).exists():
        aside.place(folder / SQLITE, path)
    else:
        aside.move(path)


def count() -> int:
    """The scans that the journal in its place holds now."""
    scans = part(Trace).scans
    found = scans.count()
    scans.close()
    return found


def _file() -> Path:
    return part(Settings).data_dir / "scans.sqlite3"
