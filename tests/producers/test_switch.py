"""Someone who works for two producers goes from one to the other, and to no third."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.factories.accounts import make_membership, make_owner
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor


def test_the_portal_works_for_the_producer_chosen(client: Visitor, session: Session) -> None:
    first, second, third = (
        make_producer(session, name=name) for name in ("HTX Thứ Nhất", "HTX Thứ Hai", "HTX Thứ Ba")
    )
    owner = make_owner(session, first)
    client.log_in(owner)
    assert "Cơ sở khác của bạn" not in client.get("/portal/").get_data(as_text=True)
    make_membership(session, user=owner, role="staff", producer=second)
    page = client.get("/portal/").get_data(as_text=True)
    assert "Sang HTX Thứ Hai" in page and "HTX Thứ Ba" not in page
    assert client.post("/portal/switch", data={"producer": str(second.id)}).status_code == 303
    assert "Sang HTX Thứ Nhất" in client.get("/portal/").get_data(as_text=True)
    for wrong in (str(third.id), "0", "x", "", "9" * 30):
        assert client.post("/portal/switch", data={"producer": wrong}).status_code == 404
    assert "Sang HTX Thứ Nhất" in client.get("/portal/").get_data(as_text=True)
