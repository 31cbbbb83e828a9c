"""The product room: added, described, priced, photographed, shown, hidden."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from app.catalogue import photos
from app.catalogue.alcohol import decide_alcohol
from app.catalogue.models import Photo, Product, Variant
from app.core import clock, outbox
from app.core.audit import Actor
from app.core.db import atomic
from config import Settings
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.places import LAO_CAI, VAN_CHAN
from tests.producers.conftest import SampleSite, send_raw

NEW = {
    "name": "Chè dây",
    "group_code": "beverage",
    "alcohol": "no",
    "province": LAO_CAI,
    "commune": VAN_CHAN,
}


def test_a_product_is_added_hidden_and_shown_by_a_button(session: Session, portal: Visitor) -> None:
    answer = portal.post("/portal/suoi-giang/products/new", data=NEW | {"description": "Hái tay."})
    assert (answer.status_code, answer.location) == (303, "/portal/suoi-giang/products/che-day")
    page = portal.get("/portal/suoi-giang/products/che-day").text
    assert "đang ẩn" in page
    assert "Chưa có hạng sao" in page
    portal.post("/portal/suoi-giang/products/che-day/publish")
    portal.post("/portal/suoi-giang/products/che-day/publish")
    assert "đang đăng" in portal.get("/portal/suoi-giang/products/che-day").text
    portal.post("/portal/suoi-giang/products/che-day/hide")
    assert session.scalars(sa.select(Product.published_at).where(Product.slug == "che-day")).one() is None


def test_sent_twice_a_product_is_added_once(session: Session, portal: Visitor) -> None:
    portal.post("/portal/suoi-giang/products/new", data=NEW)
    second = portal.post("/portal/suoi-giang/products/new", data=NEW)
    assert second.status_code == 409
    assert "đã có sản phẩm tên này" in second.text
    assert session.scalar(sa.select(sa.func.count()).where(Product.name == "Chè dây")) == 1


def test_the_communes_of_another_province_come_without_losing_what_was_typed(portal: Visitor) -> None:
    page = portal.post(
        "/portal/suoi-giang/products/new", data=NEW | {"province": "VN34-86", "list_communes": "1"}
    )
    assert page.status_code == 200
    assert 'value="Chè dây"' in page.text
    assert "Xã Cầu Kè" in page.text
    assert "field-error" not in page.text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Chưa nhập tên sản phẩm."),
        ({"group_code": ""}, "group_code", "Chọn một nhóm"),
        ({"alcohol": ""}, "alcohol", "Chọn có hay không"),
        ({"alcohol": "perhaps"}, "alcohol", "Chọn có hay không"),
        ({"province": "xx"}, "province", "Chọn một tỉnh"),
        ({"commune": "VN34-29308"}, "commune", "không thuộc tỉnh"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    portal: Visitor, change: dict[str, str], field: str, words: str
) -> None:
    page = portal.post("/portal/suoi-giang/products/new", data=NEW | change)
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert words in page.text


def test_a_registered_name_is_shown_and_not_asked(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    product = make_product(session, producer=sample.producer, register_key="k", name="Chè sổ")
    address = f"/portal/suoi-giang/products/{product.slug}/edit"
    assert 'name="name"' not in portal.get(address).text
    portal.post(address, data={"description": "Mới.", "name": "Tên khác", "alcohol": "no"})
    session.refresh(product)
    assert (product.name, product.description) == ("Chè sổ", "Mới.")


def test_a_price_is_typed_as_people_write_it(session: Session, portal: Visitor, sample: SampleSite) -> None:
    variant = make_variant(session, product=sample.product, pack="Gói nhỏ", example=True)
    address = f"/portal/suoi-giang/products/{sample.product.slug}/variants/{variant.public_id}"
    form = {"pack": "Gói nhỏ", "net_weight": "1.000", "net_unit": "g", "price": "185.000 đ"}
    assert portal.post(address, data=form | {"gtin": "893-8505-974194"}).status_code == 303
    session.refresh(variant)
    assert (variant.price, variant.net_weight, variant.gtin) == (185_000, 1_000, "08938505974194")
    assert variant.example is False
    assert 'value="185.000"' in portal.get(address).text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("price", "0", "Giá từ"),
        ("price", "-1", "Giá từ"),
        ("price", "1000000000000", "Giá từ"),
        ("price", "rẻ", "số đồng nguyên"),
        ("price", "185.5", "số đồng nguyên"),
        ("net_weight", "0", "Khối lượng từ"),
        ("net_weight", "1000000000000", "Khối lượng từ"),
        ("net_weight", "9" * 30, "số nguyên"),
        ("gtin", "8938505974190", "Chữ số cuối không khớp"),
        ("gtin", "123", "8, 12, 13 hoặc 14"),
        ("gtin", "abc", "chỉ gồm chữ số"),
        ("gtin", "2001234567893", "dùng nội bộ"),
        ("pack", "", "Chưa nhập quy cách."),
        ("pack", "Hộp 100 g", "đã có quy cách này"),
        ("net_unit", "tấn", "Chọn đơn vị"),
    ],
)
def test_a_bad_figure_is_said_at_its_field_and_nothing_is_saved(
    *, session: Session, portal: Visitor, sample: SampleSite, field: str, typed: str, words: str
) -> None:
    form = {"pack": "Túi", "net_weight": "500", "net_unit": "g", "price": "20000"} | {field: typed}
    page = portal.post(f"/portal/suoi-giang/products/{sample.product.slug}/variants/new", data=form)
    assert page.status_code in (400, 409)
    assert f'id="{field}-error"' in page.text
    assert words in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Variant)) == 1


def test_a_gtin_of_another_shop_is_taken(
    session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    neighbour.variant.gtin = "08938505974194"
    session.commit()
    form = {"pack": "Túi", "net_unit": "g", "gtin": "8938505974194"}
    page = portal.post(f"/portal/suoi-giang/products/{sample.product.slug}/variants/new", data=form)
    assert page.status_code == 409
    assert "Mã GTIN này đang dùng" in page.text


def test_a_retired_pack_is_gone_from_the_room_and_stays_in_its_batches(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    address = f"/portal/suoi-giang/products/{sample.product.slug}/variants/{sample.variant.public_id}"
    assert portal.post(f"{address}/retire").status_code == 303
    assert portal.get(address).status_code == 404
    assert portal.get(f"/portal/suoi-giang/batches/{sample.batch.public_id}").status_code == 200


def jpeg(width: int = 800, height: int = 600) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, "JPEG")
    out.seek(0)
    return out


def send(portal: Visitor, sample: SampleSite, file: Any, seen: str = "1") -> Any:
    return portal.post(
        f"/portal/suoi-giang/products/{sample.product.slug}/photos",
        data={"photo": (file, "../../etc/anh.jpg"), "alt": "Nương chè", "seen": seen},
        content_type="multipart/form-data",
    )


def test_a_photograph_is_kept_served_and_deleted_with_its_files(
    session: Session, portal: Visitor, sample: SampleSite, settings: Settings
) -> None:
    assert send(portal, sample, jpeg()).status_code == 303
    key = session.scalars(sa.select(Photo.key).where(Photo.id != sample.photo.id)).one()
    page = portal.get(f"/portal/suoi-giang/products/{sample.product.slug}").text
    address = f"/media/{key}-240.webp"
    assert address in page
    served = portal.get(address)
    assert Image.open(io.BytesIO(served.data)).format == "WEBP"
    portal.post(f"/portal/suoi-giang/products/{sample.product.slug}/photos/{key}/first")
    assert portal.get("/portal/suoi-giang/products").text.count(f"{key}-240") == 1
    portal.post(
        f"/portal/suoi-giang/products/{sample.product.slug}/photos/{key}/words",
        data={"alt": "Búp chè"},
    )
    assert 'alt="Búp chè"' in portal.get(f"/portal/suoi-giang/products/{sample.product.slug}").text
    portal.post(f"/portal/suoi-giang/products/{sample.product.slug}/photos/{key}/delete")
    outbox.sweep()
    assert portal.get(address).status_code == 404
    assert list((settings.data_dir / "media").iterdir()) == []


@pytest.mark.parametrize(
    ("file", "status", "words"),
    [
        (b"GIF89a nonsense", 400, "không phải ảnh"),
        (b"", 400, "Chọn một tệp"),
        (jpeg(300, 900).getvalue(), 400, "Ảnh nhỏ quá (300 × 900)"),
        (b"\xff\xd8" + b"0" * (10 * 2**20), 413, "Tệp quá nặng"),
    ],
)
def test_a_wrong_photograph_is_said_at_the_field_and_leaves_nothing(
    *,
    session: Session,
    portal: Visitor,
    sample: SampleSite,
    settings: Settings,
    file: bytes,
    status: int,
    words: str,
) -> None:
    page = send_raw(portal, f"/portal/suoi-giang/products/{sample.product.slug}/photos", "photo", file)
    assert page.status_code == status
    assert 'id="photo-error"' in page.text
    assert words in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Photo)) == 1
    media = settings.data_dir / "media"
    assert not media.exists() or not list(media.iterdir())


def test_a_photograph_that_finds_the_queue_full_can_be_sent_again(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    with photos._SANDBOX._places, photos._SANDBOX._places:
        page = send(portal, sample, jpeg())
    assert (page.status_code, page.headers["Retry-After"]) == (503, "3")
    assert 'id="photo-error"' in page.text and "Máy chủ đang bận" in page.text
    assert send(portal, sample, jpeg()).status_code == 303


def test_a_photograph_sent_twice_is_kept_once(session: Session, portal: Visitor, sample: SampleSite) -> None:
    send(portal, sample, jpeg())
    assert send(portal, sample, jpeg()).status_code == 409
    assert session.scalar(sa.select(sa.func.count()).select_from(Photo)) == 2


def test_a_name_that_suggests_alcohol_waits_and_the_programmes_word_is_shown(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    product = make_product(session, producer=sample.producer, name="Giấm rượu", alcohol=True)
    here = f"/portal/suoi-giang/products/{product.slug}"
    assert "chờ cán bộ OCOP của tỉnh xem" in portal.get(here).text
    assert 'name="alcohol"' in portal.get(f"{here}/edit").text
    refused = portal.post(f"{here}/edit", data={"name": "Giấm rượu", "group_code": "food"})
    assert refused.status_code == 400 and "Chọn có hay không" in refused.text
    said = {"name": "Giấm rượu", "group_code": "food", "alcohol": "yes"}
    assert portal.post(f"{here}/edit", data=said).status_code == 303
    assert "Rượu bia chưa bán qua mạng" in portal.get(here).text
    assert re.search(r'<input[^>]*checked[^>]*value="yes"', portal.get(f"{here}/edit").text)
    for alcohol, word in ((True, "Có"), (False, "Không")):
        with atomic() as writing:
            decide_alcohol(
                writing,
                product_id=product.id,
                alcohol=alcohol,
                reason="label",
                actor=Actor(8, "Sương"),
                now=clock.now(),
            )
        page = portal.get(f"{here}/edit").text
        assert 'name="alcohol"' not in page and "Cán bộ OCOP của tỉnh đã ghi" in page and word in page
        described = {"name": "Giấm rượu", "group_code": "food", "description": word}
        assert portal.post(f"{here}/edit", data=described).status_code == 303
    assert "chờ cán bộ" not in portal.get(here).text
