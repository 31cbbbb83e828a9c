"""The file of a backup: a compressed tar, its last member a manifest by which everything before it is checked.

The manifest names what each store held (rows by table, scans, files), how far it was, and one hash over the hashes of
all members, so that a file cut off, changed or put together by hand is refused before anything is replaced.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import click

FORMAT: Final = 2
"""Archives without a number are of the time before manifests."""
MANIFEST: Final = "manifest.json"
_PIECE: Final = 1 << 20  # bytes

Facts = dict[str, Any]


class BackupFailed(click.ClickException):
    """The backup was not made, or not as asked; the message names the store."""


class NoBackup(click.ClickException):
    """What was given is no backup that can be put back here; nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}; nothing was changed")


class _Read:
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


class Contents:
    """What stands in an archive, as one number: files, bytes, and a hash over every name, size and hash in order."""

    def __init__(self) -> None:
        self.files = self.bytes = 0
        self._digest = hashlib.sha256()

    def add(self, name: str, size: int, digest: str) -> None:
        """Count one member."""
        self.files += 1
        self.bytes += size
        self._digest.update(f"{digest} {size} {name}\n".encode())

    def facts(self) -> Facts:
        """For the manifest."""
        return {"files": self.files, "bytes": self.bytes, "sha256": self._digest.hexdigest()}


class Packing:
    """An archive being written, a member at a time; `folder` is for copies on their way into it."""

    def __init__(self, tar: tarfile.TarFile, folder: Path) -> None:
        self._tar = tar
        self._contents = Contents()
        self.folder = folder

    def add(self, name: str, file: IO[bytes], size: int, modified: float = 0) -> None:
        """Add `size` bytes of an open file."""
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(modified)
        read = _Read(file)
        self._tar.addfile(member, read)  # asks nothing of it but `read`
        self._contents.add(name, size, read.digest.hexdigest())

    def add_path(self, name: str, path: Path) -> None:
        """Add a file that does not change meanwhile."""
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            self.add(name, file, state.st_size, state.st_mtime)

    def add_bytes(self, name: str, body: bytes) -> None:
        """Add what is in memory."""
        self.add(name, io.BytesIO(body), len(body))

    def finish(self, manifest: Facts) -> None:
        """Write the manifest, which ends the archive."""
        body = json.dumps({**manifest, "contents": self._contents.facts()}, indent=1, sort_keys=True).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(body), 0o600
        self._tar.addfile(member, io.BytesIO(body))


@contextmanager
def packing(out: Path, folder: Path) -> Iterator[Packing]:
    """Write an archive that only its owner can read, under its name when it is whole and not at all otherwise."""
    partial = out.with_name(out.name + ".partial")
    descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # also one that was left by a backup which died
            with tarfile.open(
                fileobj=file, mode="w:gz", compresslevel=5
            ) as tar:  # pictures do not get smaller
                yield Packing(tar, folder)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(out)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def unpack(archive: Path, folder: Path) -> Facts:
    """Unpack an archive and give its manifest, once everything in it is what the manifest says. Raises NoBackup."""
    contents, manifest = Contents(), None
    try:
        with tarfile.open(archive, mode="r|gz") as tar:
            for member in tar:
                body = tar.extractfile(member)
                if manifest is not None or body is None:
                    raise NoBackup(f"{archive} is no backup: {member.name} is not expected there")
                if member.name == MANIFEST:
                    manifest = json.loads(body.read())
                else:
                    contents.add(member.name, *_write(body, tarfile.data_filter(member, str(folder)), folder))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise NoBackup(f"{archive} is no backup: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NoBackup(f"{archive} has no manifest of this release: it is cut off, older, or nothing of ours")
    if manifest["contents"] != contents.facts():
        raise NoBackup(f"{archive} is damaged: it does not hold what its manifest says")
    return manifest


def _write(body: IO[bytes], member: tarfile.TarInfo, folder: Path) -> tuple[int, str]:
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    read = _Read(body)
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        shutil.copyfileobj(read, file, _PIECE)
        size = file.tell()
    os.utime(target, (member.mtime, member.mtime))
    return size, read.digest.hexdigest()
