"""Photographs of products: known by their content, cleaned of what a phone wrote into them, stored in small files.

The files come first, under a new random key, and the row after them in one transaction: if anything fails the files
are deleted again, so the table never names a photograph that is not there. What a killed process leaves is swept daily.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Photo, Product
from app.catalogue.photo_files import ENCODERS, encode_photo
from app.catalogue.publishing import own_product
from app.core.audit import Actor, record
from app.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from app.core.ids import public_id
from app.core.outbox import send_later
from app.core.sandbox import Sandbox, as_bytes
from app.core.storage import UNFINISHED, Storage
from app.core.text import clean_line

FORGET_FILES = "media.forget"
"""The outbox message that deletes files: {names}."""

MOST_BYTES = 10 * 1024 * 1024
MOST_PHOTOS = 12
LONGEST_ALT = 160
KEY_LENGTH = 24
SETTLED = dt.timedelta(days=1)
_OF_A_PHOTO = re.compile(rf"[a-z0-9]{{{KEY_LENGTH}}}-[0-9]+\.(?:avif|webp)")

# A phone's 12 million pixels take 0.7 s, 40 million up to 2 s and 600 MB.
_SANDBOX = Sandbox(seconds=10, cpu_seconds=6, megabytes=1000)


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """One file to store: `width` is the width asked for; a smaller original has its own under the same name."""

    width: int
    form: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """A photograph ready to be stored; `width` and `height` as it stands upright, in pixels."""

    width: int
    height: int
    files: tuple[PhotoFile, ...]


def prepare_photo(raw: bytes, *, widths: tuple[int, ...]) -> PreparedPhoto:
    """Read a JPEG, PNG or WebP by its content and encode it anew at each width, upright, without what it carried along.

    Raises at photo TooLarge (`picture-too-heavy`, most_megabytes), Busy, and InvalidInput: not-a-picture, too-costly,
    picture-too-many-pixels (most, in millions), photo-too-small (width, height, least), photo-too-long (most times).
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge("picture-too-heavy", field="photo", most_megabytes=MOST_BYTES // 2**20)
    photo = _SANDBOX.run(encode_photo, raw, widths, field="photo")
    files = tuple(PhotoFile(width, form, kind, as_bytes(body)) for width, form, kind, body in photo["files"])
    return PreparedPhoto(photo["width"], photo["height"], files)


def file_names(key: str, widths: tuple[int, ...]) -> list[str]:
    """The names in the media store of a photograph's files."""
    return [f"{key}-{width}.{form}" for width in widths for form in ENCODERS]


@contextmanager
def stored_files(storage: Storage, photo: PreparedPhoto) -> Iterator[str]:
    """Put the files into the store under a new key, for a row to be written inside; if that fails they are deleted."""
    key = public_id(KEY_LENGTH)
    names: list[str] = []
    try:
        for file in photo.files:
            name = f"{key}-{file.width}.{file.form}"
            names.append(name)
            storage.put(name, file.body, file.content_type)
        yield key
    except BaseException:
        for name in names:
            storage.delete(name)
        raise


def add_photo(
    session: Session,
    *,
    producer_id: int,
    product_id: int,
    key: str,
    photo: PreparedPhoto,
    alt: str,
    seen: int | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Photo:
    """Show a photograph after the product's others; its files lie in the store under `key`.

    `seen` is how many photographs the person saw when sending: with another number there now the same picture was
    probably sent twice. Raises NotFound, InvalidInput at alt, Conflict (`photos-changed`, `too-many-photos`).
    """
    own_product(session, producer_id, product_id)
    there = _photos(session, product_id)
    if seen is not None and seen != len(there):
        raise Conflict("photos-changed", field="photo")
    if len(there) >= MOST_PHOTOS:
        raise Conflict("too-many-photos", field="photo", most=MOST_PHOTOS)
    row = Photo(
        product_id=product_id,
        key=key,
        width=photo.width,
        height=photo.height,
        alt=_alt(alt),
        position=there[-1].position + 1 if there else 0,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "photo.added", ("product", product_id), actor=actor, now=now, key=key)
    return row


def describe_photo(
    session: Session, *, producer_id: int, key: str, alt: str, actor: Actor, now: dt.datetime
) -> Photo:
    """Describe what a photograph shows, for those who do not see it. Raises NotFound, InvalidInput at alt."""
    photo = own_photo(session, producer_id, key)
    photo.alt = _alt(alt)
    session.flush()
    record(session, "photo.described", ("product", photo.product_id), actor=actor, now=now, key=key)
    return photo


def move_photo_first(
    session: Session, *, producer_id: int, key: str, actor: Actor, now: dt.datetime
) -> Photo:
    """Let this photograph be the one that lists show. Raises NotFound."""
    photo = own_photo(session, producer_id, key)
    others = [other for other in _photos(session, photo.product_id) if other.id != photo.id]
    for position, moved in enumerate([photo, *others]):
        moved.position = position
    session.flush()
    record(session, "photo.moved-first", ("product", photo.product_id), actor=actor, now=now, key=key)
    return photo


def delete_photo(
    session: Session, *, producer_id: int, key: str, widths: tuple[int, ...], actor: Actor, now: dt.datetime
) -> None:
    """Take a photograph down; its files are deleted after the commit. Raises NotFound."""
    photo = own_photo(session, producer_id, key)
    session.delete(photo)
    session.flush()
    send_later(session, FORGET_FILES, {"names": file_names(key, widths)}, now=now)
    record(session, "photo.deleted", ("product", photo.product_id), actor=actor, now=now, key=key)


def sweep_files(session: Session, storage: Storage) -> int:
    """Delete the files that no row names, left by a process that died between file and row. Returns how many.

    Files of the last day are left alone: their row may be on its way. The store is this database's alone.
    """
    old = [
        name
        for name in storage.older_than(SETTLED)
        if name.endswith(UNFINISHED) or _OF_A_PHOTO.fullmatch(name)
    ]
    known = set(session.scalars(sa.select(Photo.key)))
    strays = [name for name in old if name.rpartition("-")[0] not in known]
    for name in strays:
        storage.delete(name)
    return len(strays)


def own_photo(session: Session, producer_id: int, key: str) -> Photo:
    """The producer's photograph, its product locked until the transaction ends. Raises NotFound for anybody else's."""
    photo = session.scalar(
        sa.select(Photo)
        .join(Product, Product.id == Photo.product_id)
        .where(Photo.key == key, Product.producer_id == producer_id)
    )
    if photo is None:
        raise NotFound
    own_product(session, producer_id, photo.product_id)
    return photo


def _photos(session: Session, product_id: int) -> list[Photo]:
    return list(
        session.scalars(
            sa.select(Photo).where(Photo.product_id == product_id).order_by(Photo.position, Photo.id)
        )
    )


def _alt(text: str) -> str:
    alt = clean_line(text)
    if len(alt) > LONGEST_ALT:
        raise InvalidInput("too-long", field="alt", most=LONGEST_ALT)
    return alt
