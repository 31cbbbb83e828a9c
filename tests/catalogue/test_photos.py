"""Photographs: known by content, cleaned, stored in files and a row together or not at all."""

from __future__ import annotations

import datetime as dt
import io
import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image, ImageCms
from sqlalchemy.orm import Session

from app.catalogue import photos
from app.catalogue.models import Photo, Product
from app.catalogue.photo_files import encode_photo
from app.core import clock, jobs
from app.core.audit import Actor
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from app.core.outbox import OutboxMessage
from app.core.parts import part
from app.core.storage import FolderStorage, Storage
from app.listing.setup import sweep_photos
from config import Settings
from tests.factories.catalogue import make_photo, make_producer, make_product
from tests.factories.pictures import header_of_a_bomb, picture

HOA = Actor(1, "Lý Thị Hoa")
WIDTHS = (100, 300)


def opened(file: photos.PhotoFile) -> Image.Image:
    return Image.open(io.BytesIO(file.body))


def encoded(raw: bytes, widths: tuple[int, ...] = WIDTHS) -> photos.PreparedPhoto:
    """As the site prepares a photograph, but in this process."""
    made = encode_photo(raw, list(widths))
    files = tuple(photos.PhotoFile(*file) for file in made["files"])
    return photos.PreparedPhoto(made["width"], made["height"], files)


def test_a_photograph_becomes_avif_and_webp_at_each_width() -> None:
    prepared = photos.prepare_photo(picture(), widths=WIDTHS)
    assert (prepared.width, prepared.height) == (600, 450)
    files = [(file.width, opened(file).format, opened(file).size) for file in prepared.files]
    assert files == [
        (100, "AVIF", (100, 75)),
        (100, "WEBP", (100, 75)),
        (300, "AVIF", (300, 225)),
        (300, "WEBP", (300, 225)),
    ]


def test_where_and_with_what_it_was_taken_is_gone_and_it_stands_upright() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6  # lies on its side
    notes[0x010F] = "Nokia"
    notes.get_ifd(0x8825)[2] = (21.0, 37.0, 20.0)
    prepared = encoded(picture(exif=notes, comment=b"nha toi"))
    assert (prepared.width, prepared.height) == (450, 600)
    for file in prepared.files:
        assert not dict(opened(file).getexif())
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened(file).info)
        assert b"Nokia" not in file.body


def test_a_small_photograph_is_not_blown_up() -> None:
    prepared = encoded(picture(400, 500), (300, 900))
    assert [opened(file).width for file in prepared.files] == [300, 300, 400, 400]


def test_what_is_transparent_stands_on_white() -> None:
    prepared = encoded(picture(form="PNG", mode="RGBA"))
    assert opened(prepared.files[1]).getpixel((50, 30)) == (255, 255, 255)


def test_a_colour_profile_is_turned_into_srgb_and_a_broken_one_passed_over() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for given in (profile, b"no profile"):
        assert encoded(picture(icc_profile=given)).files


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-a-picture"),
        (picture(399, 800), "photo-too-small"),
        (picture(800, 399), "photo-too-small"),
        (picture(400, 2001), "photo-too-long"),
        (picture(20_000, 400), "photo-too-long"),
        (header_of_a_bomb(8000, 6000), "picture-too-many-pixels"),
    ],
)
def test_what_is_no_photograph_or_a_wrong_one_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        encode_photo(raw, list(WIDTHS))
    with pytest.raises(InvalidInput) as refused:
        photos.prepare_photo(raw, widths=WIDTHS)
    assert (refused.value.code, refused.value.field) == (code, "photo")


def test_a_file_is_judged_by_content_not_by_weight_alone() -> None:
    with pytest.raises(TooLarge, match="picture-too-heavy"):
        photos.prepare_photo(picture() + b"\0" * photos.MOST_BYTES, widths=WIDTHS)


def add(folder: Path, product: Product, now: dt.datetime, *, seen: int | None = None, alt: str = "") -> Photo:
    prepared = photos.prepare_photo(picture(), widths=WIDTHS)
    assert product.producer_id is not None
    with photos.stored_files(FolderStorage(folder), prepared) as key, atomic() as session:
        return photos.add_photo(
            session,
            producer_id=product.producer_id,
            product_id=product.id,
            key=key,
            photo=prepared,
            alt=alt,
            seen=seen,
            actor=HOA,
            now=now,
        )


def test_files_and_row_agree(session: Session, now: dt.datetime, tmp_path: Path) -> None:
    photo = add(tmp_path, make_product(session), now, alt=" Búp  chè ")
    assert {file.name for file in tmp_path.iterdir()} == set(photos.file_names(photo.key, WIDTHS))
    assert (photo.alt, photo.width, photo.position) == ("Búp chè", 600, 0)


@pytest.mark.parametrize(("seen", "alt"), [(3, ""), (None, "x" * 161)])
def test_a_refused_photograph_leaves_neither_file_nor_row(
    session: Session, now: dt.datetime, tmp_path: Path, seen: int | None, alt: str
) -> None:
    with pytest.raises((Conflict, InvalidInput)):
        add(tmp_path, make_product(session), now, seen=seen, alt=alt)
    assert list(tmp_path.iterdir()) == []
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Photo)) == 0


def test_a_store_that_fails_half_way_is_cleaned(tmp_path: Path) -> None:
    class Full(FolderStorage):
        def put(self, name: str, body: bytes, content_type: str) -> None:
            if name.endswith("300.webp"):
                raise OSError("no space left on device")
            super().put(name, body, content_type)

    prepared = photos.prepare_photo(picture(), widths=WIDTHS)
    with pytest.raises(OSError, match="no space"), photos.stored_files(Full(tmp_path), prepared):
        raise AssertionError("never reached")
    assert list(tmp_path.iterdir()) == []


def test_the_same_picture_sent_twice_is_stored_once(
    session: Session, now: dt.datetime, tmp_path: Path
) -> None:
    product = make_product(session)
    add(tmp_path, product, now, seen=0)
    with pytest.raises(Conflict, match="photos-changed"):
        add(tmp_path, product, now, seen=0)


def test_a_product_has_only_so_many_photographs(session: Session, now: dt.datetime, tmp_path: Path) -> None:
    product = make_product(session)
    for position in range(photos.MOST_PHOTOS):
        make_photo(session, product=product, position=position)
    with pytest.raises(Conflict, match="too-many-photos"):
        add(tmp_path, product, now)


def test_one_is_put_first_described_and_taken_down(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    first, second = (make_photo(session, product=product, position=n) for n in (0, 1))
    owner = product.producer_id
    assert owner is not None
    with atomic() as writing:
        photos.move_photo_first(writing, producer_id=owner, key=second.key, actor=HOA, now=now)
        photos.describe_photo(writing, producer_id=owner, key=second.key, alt="Nương chè", actor=HOA, now=now)
    shown = session.scalars(sa.select(Photo).order_by(Photo.position)).all()
    assert [(photo.key, photo.alt) for photo in shown] == [(second.key, "Nương chè"), (first.key, "")]
    with atomic() as writing:
        photos.delete_photo(writing, producer_id=owner, key=first.key, widths=WIDTHS, actor=HOA, now=now)
    assert session.scalars(sa.select(Photo.key)).all() == [second.key]
    of_files = sa.select(OutboxMessage).where(OutboxMessage.kind == photos.FORGET_FILES)
    message = session.scalars(of_files).one()
    assert message.payload == {"names": photos.file_names(first.key, WIDTHS)}


def test_files_of_a_killed_process_are_swept_after_a_day(
    app: Flask, session: Session, settings: Settings, now: dt.datetime
) -> None:
    folder = settings.data_dir / "media"
    store = part(Storage, app)
    photo = add(folder, make_product(session), now)
    prepared = photos.prepare_photo(picture(), widths=WIDTHS)
    lost, coming = "l" * photos.KEY_LENGTH, "c" * photos.KEY_LENGTH
    for key in (lost, coming):
        for file in prepared.files:
            store.put(f"{key}-{file.width}.{file.form}", file.body, file.content_type)
    for name in ("coming-half_way.part", "sheets/of-another-package.pdf", "note.webp"):
        store.put(name, b"", "image/webp")
    two_days_ago = time.time() - 2 * 86_400
    for path in folder.rglob("*.*"):
        if coming not in path.name:
            os.utime(path, (two_days_ago, two_days_ago))

    clock.start_clock(now + dt.timedelta(days=400))  # the age of a file is no matter of the site's clock
    sweep_photos()

    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert left == {
        *photos.file_names(photo.key, WIDTHS),
        *photos.file_names(coming, WIDTHS),
        "sheets/of-another-package.pdf",
        "note.webp",
    }


def test_files_are_swept_every_day() -> None:
    every, work = jobs._rounds["photos.swept"]
    assert (every, work) == (dt.timedelta(days=1), sweep_photos)


def test_another_producers_photograph_is_not_found_and_stays(session: Session, now: dt.datetime) -> None:
    photo, other = make_photo(session), make_producer(session)
    with pytest.raises(NotFound), atomic() as writing:
        photos.delete_photo(writing, producer_id=other.id, key=photo.key, widths=WIDTHS, actor=HOA, now=now)
    with pytest.raises(NotFound), atomic() as writing:
        photos.describe_photo(writing, producer_id=other.id, key=photo.key, alt="x", actor=HOA, now=now)
    session.rollback()
    assert session.get_one(Photo, photo.id).alt == ""


@pytest.mark.parametrize("turned", [1, 6])
def test_a_photograph_of_many_pixels_comes_out_as_any_other(turned: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turned
    sent = io.BytesIO()
    Image.new("RGB", (6000, 4000), (200, 30, 40)).save(sent, "PNG", exif=exif)
    prepared = encoded(sent.getvalue())
    assert (prepared.width, prepared.height) == ((6000, 4000) if turned == 1 else (4000, 6000))
    assert {opened(file).width for file in prepared.files} == set(WIDTHS)
    largest = max(opened(file).height for file in prepared.files)
    assert largest == (200 if turned == 1 else 450)
