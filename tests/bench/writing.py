"""Others who write while pages are measured: five orders a second, and one pack's price changed every five seconds.

They send the site's own forms, as people do, to a server of their own beside the measured one: what a worker shows must
be true whichever process wrote it, and the processor time of an order is not taken for that of a page.

python -m tests.bench.writing ADDRESS < plan
"""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import cycle
from typing import Any
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa

from app.accounts.passwords import hash_password
from app.core.clock import now
from app.core.ids import public_id
from tests.bench.servers import ROOT, Server
from tests.bench.worlds import World

ORDER_EVERY = 0.2
CHANGE_EVERY = 5.0
PASSWORD = "viết khi người khác đọc"
TOKEN_LENGTH = 26
_FOR_SALE = """
SELECT v.id, v.public_id, v.price, m.delivery_fee, p.slug, p.name, m.id AS producer_id, m.slug AS house
FROM variants v JOIN products p ON p.id = v.product_id JOIN producers m ON m.id = p.producer_id
WHERE v.price IS NOT NULL AND v.retired_at IS NULL AND p.published_at IS NOT NULL AND NOT p.alcohol
  AND EXISTS (SELECT 1 FROM batches b WHERE b.variant_id = v.id AND b.state = 'open') ORDER BY v.id
"""
_COMMUNE = """
SELECT c.id, c.parent_id FROM administrative_units c JOIN administrative_units p ON p.id = c.parent_id
WHERE c.scheme = 'VN34' AND c.level = 'commune' AND p.level = 'province' ORDER BY c.id LIMIT 1
"""


@dataclass
class Written:
    """What the others did, and in how many seconds. `refused` are answers that were not the expected redirect."""

    orders: int = 0
    changes: int = 0
    refused: int = 0
    seconds: float = 0.0

    def show(self) -> str:
        seconds = self.seconds or 1.0
        return (
            f"{self.orders / seconds:.1f} orders/s, a price every {seconds / max(self.changes, 1):.1f} s"
            f"{f', {self.refused} refused' if self.refused else ''}"
        )


# --- in the bench: the plan, and the process beside ----------------------------------------------------------


def plan_for(place: World) -> dict[str, Any]:
    """What to buy and to change, over all products: stock enough, and an owner with a password for each producer."""
    packs = [dict(row._mapping) for row in place.rows(_FOR_SALE)]
    commune, province = place.rows(_COMMUNE)[0]
    secret, moment = hash_password(PASSWORD), now()
    with place.tables("users", "memberships", "batches") as (connection, (users, memberships, batches)):
        connection.execute(
            sa.update(batches).values(
                on_hand=batches.c.on_hand + 100_000, quantity=batches.c.quantity + 100_000
            )
        )
        for producer in sorted({pack["producer_id"] for pack in packs}):
            owner = connection.execute(
                sa.insert(users).values(
                    public_id=public_id(),
                    email=f"owner-{producer}@bench.example",
                    name="Bench",
                    password_hash=secret,
                    session_epoch=1,
                    language="vi",
                    created_at=moment,
                )
            ).inserted_primary_key
            assert owner
            connection.execute(
                sa.insert(memberships).values(
                    user_id=owner[0], role="owner", producer_id=producer, created_at=moment
                )
            )
    contact = {"name": "Nguyễn Thùy Dương", "phone": "0912345678", "address": "Thôn Pang Cáng"}
    return {
        "packs": packs,
        "contact": {**contact, "province": province, "commune": commune, "payment": "cod"},
    }


@contextmanager
def others_write(server: Server, plan: Mapping[str, Any]) -> Iterator[Written]:
    """Let them write until the block ends; then what they did is known."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.writing", server.address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    written = Written()
    try:
        process.stdin.write(json.dumps(plan, default=str))
        process.stdin.close()
        if process.stdout.readline().strip() != "writing":
            raise RuntimeError("the others could not begin to write")
        yield written
    finally:
        process.send_signal(signal.SIGTERM)
        with process.stdout:
            told = process.stdout.read()
        process.wait()
    for name, value in json.loads(told).items():
        setattr(written, name, value)


# --- the process beside ---------------------------------------------------------------------------------------


class _Fields(HTMLParser):
    """The fields of the page's form that sends to `action`, with what stands in them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._action, self._inside, self._select = action, False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            self._inside = (said.get("action") or self._action).partition("?")[0] == self._action
        elif self._inside and tag == "input" and name:
            if said.get("type") not in ("checkbox", "radio", "submit") or "checked" in said:
                self.found[name] = value
        elif self._inside and tag == "select":
            self._select = name
            self.found.setdefault(name, "")
        elif self._inside and tag == "option" and "selected" in said and self._select:
            self.found[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""


@dataclass
class Browser:
    """One person's browser: a kept connection, and cookies."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)

    def send(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and page of a GET, or of a POST where there is a form."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form)
        try:
            self._connection.request("POST" if body is not None else "GET", path, body, headers)
            answer = self._connection.getresponse()
        except (
            http.client.RemoteDisconnected,
            ConnectionError,
        ):  # an idle connection was closed: as browsers do
            self._connection.close()
            self._connection.request("POST" if body is not None else "GET", path, body, headers)
            answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, answer.read().decode()

    def fields(self, path: str, action: str) -> dict[str, str]:
        """What stands in a page's form."""
        parser = _Fields(action)
        parser.feed(self.send(path)[1])
        return parser.found


@dataclass
class Others:
    """Buyers and sellers, in a thread each, until they are told to stop."""

    address: str
    packs: list[dict[str, Any]]
    contact: dict[str, str]
    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)

    def buy(self) -> None:
        """Order one pack after the other, each as a guest who has just come and has a cart of his own."""
        guest = Browser(self.address)
        token = guest.fields(f"/products/{self.packs[0]['slug']}", "/cart/lines")["csrf_token"]
        come, form = dict(guest.cookies), dict[str, str]()
        due = time.monotonic()
        for pack in cycle(self.packs):
            guest.cookies = dict(come)
            line = {"csrf_token": token, "variant": pack["public_id"], "quantity": "1"}
            status, _ = guest.send("/cart/lines", line)
            form = form or {**guest.fields("/checkout", "/checkout"), **self.contact}
            total = int(pack["price"]) + int(pack["delivery_fee"] or 0)
            form |= {"csrf_token": token, "shown_total": str(total), "token": public_id(TOKEN_LENGTH)}
            if status == 303:
                status, _ = guest.send("/checkout", form)
            self.done["orders" if status == 303 else "refused"] += 1
            due = max(due + ORDER_EVERY, time.monotonic() - 1)
            if self.stop.wait(max(0.0, due - time.monotonic())):
                return

    def sell(self) -> None:
        """Change one price after the other, each by the owner of the pack."""
        spread = [self.packs[(turn * 89 - 1) % len(self.packs)] for turn in range(len(self.packs))]
        due = time.monotonic()
        for turn, pack in enumerate(cycle(spread)):
            self.change(pack, 1000 * (1 + turn % 7))
            due = max(due + CHANGE_EVERY, time.monotonic())
            if self.stop.wait(due - time.monotonic()):
                return

    def change(self, pack: dict[str, Any], more: int) -> None:
        """Log in, open the pack's form, write another price into it."""
        seller = Browser(self.address)
        known = {"email": f"owner-{pack['producer_id']}@bench.example", "password": PASSWORD}
        seller.send("/login", {**seller.fields("/login", "/login"), **known})
        path = f"/portal/{pack['house']}/products/{pack['slug']}/variants/{pack['public_id']}"
        price = int(pack["price"]) + more
        status, _ = seller.send(path, {**seller.fields(path, path), "price": str(price)})
        if status == 303:
            pack["price"] = price
        self.done["changes" if status == 303 else "refused"] += 1


def _main(address: str) -> None:
    plan = json.load(sys.stdin)
    others = Others(address, plan["packs"], plan["contact"])
    signal.signal(signal.SIGTERM, lambda *_: others.stop.set())
    start = time.monotonic()
    threads = [threading.Thread(target=task) for task in (others.buy, others.sell)]
    for thread in threads:
        thread.start()
    print("writing", flush=True)
    others.stop.wait()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    print(json.dumps({**others.done, "seconds": seconds}))


if __name__ == "__main__":
    _main(sys.argv[1])
