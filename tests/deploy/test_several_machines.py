"""Two machines on one PostgreSQL, one Redis and one bucket, behind nginx: one site, even when one of them dies."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from PIL import Image

from app.accounts.models import SecondFactor
from app.accounts.second_factor import secret_of
from app.core.db import db
from app.factory import create_app
from app.orders.models import Order, OrderGroup
from app.trace.stamps.codes import encode
from app.trace.stamps.keys import KeyRing
from config import load_settings
from tests.deploy.browser import Browser
from tests.deploy.machines import KEYS, Machines
from tests.factories.accounts import PASSWORD, make_officer, make_owner
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.places import TRA_VINH, VINH_LONG
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_roll

BUYERS = 6


@dataclass(frozen=True)
class Goods:
    """A product on sale, with its people and the addresses of its stamps."""

    producer: str
    product: str
    product_id: int
    variant: str
    owner: str
    officer: str
    officer_secret: str
    stamps: list[str]


@pytest.fixture(scope="module")
def goods(machines: Machines) -> Iterator[Goods]:
    """Made with the factories, in the database that both servers serve."""
    data_dir = {"DATA_DIR": str(machines.folder / "maker")}
    app = create_app(load_settings({**machines.env, **data_dir}))
    with app.app_context():
        session = db.session()
        producer = make_producer(session, name="HTX Hai Máy", province_id=TRA_VINH)
        product = make_product(session, producer=producer, name="Kẹo dừa hai máy")
        make_certificate(session, product=product, stars=4, unit_id=VINH_LONG)
        variant = make_variant(session, product=product)
        batch = make_batch(session, variant=variant, quantity=100)
        roll = make_roll(session, variant=variant, count=20, batch_id=batch.id)
        make_activation(session, roll=roll, batch=batch)
        key = KeyRing.parse(KEYS["STAMP_KEYS"]).issuing
        officer = make_officer(session)
        seed = session.get_one(SecondFactor, officer.id).seed
        yield Goods(
            producer=producer.slug,
            product=product.slug,
            product_id=product.id,
            variant=variant.public_id,
            owner=make_owner(session, producer).email,
            officer=officer.email,
            officer_secret=secret_of(officer.public_id, seed, key=KEYS["SECRET_KEY"]),
            stamps=[encode(roll.first_number + n, key) for n in range(20)],
        )
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def direct(machines: Machines) -> list[Browser]:
    """Straight to each of the servers, as nginx comes to them."""
    return [Browser(f"http://127.0.0.1:{port}") for port in machines.ports]


@contextmanager
def database(machines: Machines) -> Iterator[sa.Connection]:
    """The database of both, as nobody's server."""
    engine = sa.create_engine(machines.env["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def ordered(machines: Machines) -> dict[str, int]:
    """How many parcels each order group in the database has, by its address."""
    with database(machines) as connection:
        rows = connection.execute(
            sa.select(OrderGroup.public_id, sa.func.count(Order.id))
            .join(Order, Order.group_id == OrderGroup.id)
            .group_by(OrderGroup.public_id)
        ).all()
    return {f"/orders/{public_id}": count for public_id, count in rows}


def fill_in(buyer: Browser, goods: Goods) -> dict[str, str]:
    """A pack in the cart, and the form of the checkout as a person fills it in."""
    line = buyer.form(f"/products/{goods.product}", "/cart/lines")
    assert buyer.post("/cart/lines", {**line, "variant": goods.variant, "quantity": "1"}).status == 303
    contact = {"name": "Nguyễn Thùy Dương", "phone": "0912345678", "address": "Ấp Ô Tre", "payment": "cod"}
    place = {"province": VINH_LONG, "commune": "VN34-29308"}
    return {**buyer.form("/checkout", "/checkout"), **contact, **place}


def stars_of(browser: Browser, goods: Goods) -> str:
    """What the card on the producer's page draws."""
    page = BeautifulSoup(browser.get(f"/producers/{goods.producer}").body, "html.parser")
    card = page.select_one(f"[data-product={goods.product}]")
    assert card is not None
    return str(card["data-stars"])


def verdict(browser: Browser, code: str) -> str:
    page = BeautifulSoup(browser.get(f"/t/{code}").body, "html.parser")
    found = page.select_one("[data-verdict]")
    assert found is not None
    return str(found["data-verdict"])


def test_two_servers_that_start_at_once_migrate_and_load_once(machines: Machines) -> None:
    loaded = [machines.said(f"web-{n}").count("products: 598 new") for n in range(2)]
    assert sorted(loaded) == [0, 1]
    for n in range(2):
        assert f"Nguồn: {machines.url}" in machines.said(f"web-{n}")
        assert "Listening at" in machines.said(f"web-{n}")


def test_each_server_tells_systemd_that_it_answers(machines: Machines) -> None:
    assert sum("READY=1" in told for told in machines.told_systemd()) == 2


def test_both_servers_answer_through_nginx_over_tls(machines: Machines) -> None:
    answers = [Browser(machines.url).get("/") for _ in range(8)]
    assert {answer.status for answer in answers} == {200}
    assert all("max-age=31536000" in answer.headers["Strict-Transport-Security"] for answer in answers)
    served = [json.loads(line)["from"] for line in machines.said("nguon.log").splitlines()]
    assert {f"127.0.0.1:{port}" for port in machines.ports} <= set(served)
    cookie = Browser(machines.url).get("/login").headers["Set-Cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie
    plain = Browser(f"http://127.0.0.1:{machines.plain}").get("/products?stars=4")
    assert (plain.status, plain.location) == (301, "https://nguon.example/products?stars=4")


def test_a_visitor_is_one_person_on_both_servers(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    owner = Browser(machines.url)
    owner.log_in(goods.owner, PASSWORD)
    for server in direct:
        server.cookies = owner.cookies
        assert server.get(f"/portal/{goods.producer}/today").status == 200


def test_a_purchase_is_on_both_servers_and_its_form_sent_twice_is_one_order(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    buyer = Browser(machines.url)
    form = fill_in(buyer, goods)
    first, second = buyer.post("/checkout", form), buyer.post("/checkout", form)
    assert first.status == second.status == 303
    assert first.location == second.location
    assert ordered(machines)[first.location] == 1
    for server in direct:
        server.cookies = buyer.cookies
        assert goods.product in server.get(first.location).text


def test_a_scan_on_one_server_is_known_to_the_other_at_once(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    assert verdict(direct[0], goods.stamps[0]) == "genuine-first"
    assert verdict(Browser(direct[1].site), goods.stamps[0]) == "genuine-seen"
    assert verdict(Browser(machines.url), goods.stamps[1]) == "genuine-first"
    assert {verdict(Browser(machines.url), goods.stamps[1]) for _ in range(4)} == {"genuine-seen"}


def test_a_photograph_is_shown_by_both_servers(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    owner = Browser(machines.url)
    owner.log_in(goods.owner, PASSWORD)
    page, picture = f"/portal/{goods.producer}/products/{goods.product}", io.BytesIO()
    Image.effect_noise((1600, 1200), 80).convert("RGB").save(picture, "JPEG", quality=95)
    form = owner.form(page, f"{page}/photos") | {"alt": "Kẹo dừa trong hộp giấy"}
    sent = owner.post(f"{page}/photos", form, ("photo", ("keo.jpg", "image/jpeg", picture.getvalue())))
    assert sent.status == 303, sent.text
    for server in direct:
        shown = server.get(f"/products/{goods.product}").text
        address = re.search(r"/media/[^\"\s]+\.webp", shown)
        assert address is not None
        body = server.get(address[0])
        assert (body.status, body.headers["Content-Type"]) == (200, "image/webp")
        assert Image.open(io.BytesIO(body.body)).width > 100


def test_a_star_withdrawn_on_one_server_is_gone_from_the_other_at_once(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    assert [stars_of(server, goods) for server in direct] == ["4", "4"], "both have the page in their caches"
    officer = Browser(machines.url)
    officer.log_in(goods.officer, PASSWORD, secret=goods.officer_secret)
    page = f"/programme/products/{goods.product_id}"
    form = officer.form(page, f"{page}/withdraw") | {
        "reason": "voluntary",
        "note": "Cơ sở trả giấy ngày hôm nay",
    }
    assert officer.post(f"{page}/withdraw", form).status == 303
    assert [stars_of(server, goods) for server in direct] == ["0", "0"]


def test_when_a_server_dies_pages_go_on_and_each_form_is_one_order(machines: Machines, goods: Goods) -> None:
    """Six people order over and over; in the midst one server is killed. Who got 502 sends the same form again."""
    told: list[list[str]] = [[] for _ in range(BUYERS)]
    broken, begun, stop = [0] * BUYERS, threading.Barrier(BUYERS + 1), threading.Event()

    def buy(number: int) -> None:
        buyer, first = Browser(machines.url), True
        while first or not stop.is_set():
            form = fill_in(buyer, goods)
            if first:
                begun.wait()
            first = False
            answer = buyer.post("/checkout", form)
            while answer.status == 502:
                broken[number] += 1
                answer = buyer.post("/checkout", form)
            assert answer.status == 303, (answer.status, answer.text)
            told[number].append(answer.location)

    before = ordered(machines)
    threads = [threading.Thread(target=buy, args=(number,)) for number in range(BUYERS)]
    for thread in threads:
        thread.start()
    begun.wait(60)
    machines.kill(0)
    looks = [
        Browser(machines.url).get(path).status
        for path in ("/", "/products", f"/products/{goods.product}") * 4
    ]
    stop.set()
    for thread in threads:
        thread.join(60)
    assert set(looks) == {200}
    orders = [location for locations in told for location in locations]
    assert all(told) and len(set(orders)) == len(orders)
    after = ordered(machines)
    assert {location: after.get(location) for location in orders} == dict.fromkeys(orders, 1)
    assert after.keys() - before.keys() == set(orders), "every order in the database was told to who sent it"
    retried = [
        json.loads(line) for line in machines.said("nguon.log").splitlines() if '"method":"POST"' in line
    ]
    sent_twice = [
        line for line in retried if "," in line["answers"] and not line["answers"].startswith("502")
    ]
    assert not sent_twice, "a form that had been sent went to the other server too"


def test_a_server_of_the_release_before_starts_again_on_what_a_later_one_has_migrated(
    machines: Machines, direct: list[Browser], goods: Goods
) -> None:
    with database(machines) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'of a later release'"))
    machines.start_again(0)
    assert "a later release has migrated this database" in machines.said("web-0-again")
    assert direct[0].get(f"/products/{goods.product}").status == 200


def test_the_logs_of_all_of_them_name_no_order_stamp_person_or_key(machines: Machines, goods: Goods) -> None:
    orders = [location.removeprefix("/orders/") for location in ordered(machines)]
    secrets = [*orders, *goods.stamps, goods.owner, goods.officer, goods.variant, goods.producer, PASSWORD]
    names = ("nguon.log", "nguon-error.log", "nginx", "web-0", "web-0-again", "web-1", "jobs-0", "jobs-1")
    said = {name: machines.said(name) for name in names}
    assert '"route": "/orders/<public_id>"' in said["web-1"]
    found = [(name, secret) for name, text in said.items() for secret in secrets if secret in text]
    assert found == []
