"""Files in a backup: keys wherever they come from, mail that was written into a folder, media of folder or bucket."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from app.cli.backup.archive import Facts, NoBackup, Packing
from app.cli.backup.aside import Aside
from app.core.errors import InvalidInput, NotFound
from app.core.parts import part
from app.core.storage import MARK, Storage
from app.trace.setup import Trace
from app.trace.stamps.keys import KeyRing, fingerprint
from config import Settings

KEYS: Final = "keys"
MAIL: Final = "mail"
MEDIA: Final = "media"
SECRETS: Final = ("secret_key", "stamp_keys")
BEFORE: Final = "before-restore-"
"""How the names of what a restore moved aside begin."""
_CONTENT_TYPES: Final = {
    "avif": "image/avif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
}


# --- keys -----------------------------------------------------------------------------------------------------------


def pack_keys(packing: Packing) -> Facts:
    """The secrets in use, whether from the environment or from the files of the first start."""
    settings = part(Settings)
    for name in SECRETS:
        packing.add_bytes(f"{KEYS}/{name}", getattr(settings, name).encode())
    return {
        "stamp_keys": {key.id: fingerprint(key.secret) for key in part(Trace).ring},
        "secret_key": fingerprint(settings.secret_key.encode()),
    }


def check_keys(folder: Path) -> None:
    """Raises NoBackup where the environment's key ring would make stamps of the archive strangers."""
    try:
        archived = KeyRing.parse((folder / KEYS / "stamp_keys").read_text())
    except (OSError, ValueError) as error:
        raise NoBackup(f"the archive has no stamp keys that can be read: {error}") from error
    if _from_environment("stamp_keys"):
        configured = {key.id: key.secret for key in part(Trace).ring}
        missing = [key.id for key in archived if configured.get(key.id) != key.secret]
        if missing:
            raise NoBackup(f"STAMP_KEYS of the environment lacks the archive's key {', '.join(missing)}")


def restore_keys(folder: Path, aside: Aside) -> Iterator[str]:
    """Put the keys back into files, where keys come from files; says what the environment decides."""
    settings = part(Settings)
    outside = [name for name in SECRETS if _from_environment(name)]
    for name in outside:
        if (folder / KEYS / name).read_text() != getattr(settings, name):
            yield f"{name.upper()} is the environment's, not the archive's"
    if outside != list(SECRETS):
        aside.place(folder / KEYS, settings.data_dir / KEYS)
        (settings.data_dir / KEYS).chmod(0o700)


def _from_environment(name: str) -> bool:
    settings = part(Settings)
    secret: str = getattr(settings, name)
    try:
        return (settings.data_dir / KEYS / name).read_text().strip() != secret
    except FileNotFoundError:
        return True


# --- mail -----------------------------------------------------------------------------------------------------------


def mail_folder() -> Path | None:
    """Where mail is written as files, None where it is sent."""
    address = urlsplit(part(Settings).mail_url)
    return Path(unquote(address.path)) if address.scheme == "file" else None


def pack_mail(packing: Packing, folder: Path) -> Facts:
    """The mail in the folder, but for what is just being written."""
    count = 0
    for path in sorted(folder.glob("*.eml")):
        packing.add_path(f"{MAIL}/{path.name}", path)
        count += 1
    return {"files": count}


def restore_mail(unpacked: Path, folder: Path, aside: Aside) -> None:
    """Put the mail back, what is there moved aside."""
    unpacked.mkdir(exist_ok=True)
    aside.place(unpacked, folder)


# --- media ----------------------------------------------------------------------------------------------------------


def pack_media(packing: Packing, photos: Counter[str]) -> tuple[Facts, list[str]]:
    """Every file of the store, after the database that names them. Counts up the files found of each photograph.

    Returns the facts, and the names of files that are not the site's and stay out.
    """
    storage = part(Storage)
    count, foreign = 0, []
    for name in storage.names():
        if is_aside(name):
            continue
        try:
            body = storage.read(name)
        except InvalidInput:
            foreign.append(name)
            continue
        except NotFound:  # deleted since it was listed: the photograph was taken down
            continue
        packing.add_bytes(f"{MEDIA}/{name}", body)
        count += 1
        key = name.rpartition("-")[0]
        if key in photos:
            photos[key] += 1
    return {"files": count}, foreign


def holds_files() -> bool:
    """Whether a file of the site is in the store."""
    return any(name != MARK and not is_aside(name) for name in part(Storage).names())


def restore_media(unpacked: Path, aside: Aside) -> None:
    """Put the files back; what is there with another content, or under no name of theirs, goes aside."""
    storage = part(Storage)
    for path in _files(unpacked):
        name = path.relative_to(unpacked).as_posix()
        body = path.read_bytes()
        try:
            if storage.read(name) == body:
                continue
            _put_aside(storage, name, aside)
        except NotFound:
            pass
        _put(storage, name, body)
        aside.undo.callback(storage.delete, name)
    strays = [name for name in storage.names() if not is_aside(name) and not (unpacked / name).exists()]
    for name in strays:
        try:
            _put_aside(storage, name, aside)
        except InvalidInput:
            continue  # not the site's: it stays where somebody put it


def count_media(unpacked: Path) -> int:
    """How many of the unpacked files the store holds now."""
    return sum((unpacked / name).is_file() for name in part(Storage).names())


def _put_aside(storage: Storage, name: str, aside: Aside) -> None:
    _carry(storage, name, f"{aside.name}/{name}")
    aside.undo.callback(_carry, storage, f"{aside.name}/{name}", name)


def _carry(storage: Storage, name: str, then: str) -> None:
    _put(storage, then, storage.read(name))
    storage.delete(name)


def _put(storage: Storage, name: str, body: bytes) -> None:
    storage.put(name, body, content_type(name))


def is_aside(name: str) -> bool:
    """Whether a restore moved this file aside: it is no part of the site any more."""
    return name.startswith(BEFORE)


def content_type(name: str) -> str:
    """What a file of the site is, by its name."""
    return _CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent) / name
