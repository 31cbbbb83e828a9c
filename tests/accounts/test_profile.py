"""People say who they are."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.factories.accounts import make_owner, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor


def test_name_telephone_and_language_are_saved(client: Visitor, session: Session) -> None:
    user = make_user(session)
    client.log_in(user)
    data = {"name": "  Lò Thị Ban ", "phone": "0912 345.678", "language": "en"}
    assert client.post("/account", data=data).status_code == 303
    session.refresh(user)
    assert (user.name, user.phone, user.language) == ("Lò Thị Ban", "+84912345678", "en")
    page = client.get("/account").text
    assert "Lò Thị Ban" in page
    assert "0912 345 678" in page


def test_a_number_that_former_rules_took_stays_until_another_is_typed(
    client: Visitor, session: Session
) -> None:
    user = make_user(session, phone="+12025550143")
    client.log_in(user)
    for phone, status, stored in (
        ("+12025550143", 303, "+12025550143"),
        ("+1 202 555 0144", 422, "+12025550143"),
        ("0912345678", 303, "+84912345678"),
        ("0912 345 678", 303, "+84912345678"),
        (" ", 303, None),
    ):
        answer = client.post("/account", data={"name": "Lò Thị Ban", "phone": phone, "language": "vi"})
        session.refresh(user)
        assert (answer.status_code, user.phone) == (status, stored)
        assert phone in answer.text or status == 303


def test_a_bad_form_is_shown_again_and_nothing_is_saved(client: Visitor, session: Session) -> None:
    user = make_user(session, name="Lò Thị Ban")
    client.log_in(user)
    for data in (
        {"name": "", "language": "vi"},
        {"name": "Ai Đó", "phone": "x", "language": "vi"},
        {"name": "Ai Đó", "language": "fr"},
        {"name": "Ơ" * 101, "language": "vi"},
    ):
        assert client.post("/account", data=data).status_code == 422
    session.refresh(user)
    assert user.name == "Lò Thị Ban"


def test_the_account_names_the_roles(client: Visitor, session: Session) -> None:
    producer = make_producer(session, name="HTX Chè Suối Giàng")
    client.log_in(make_owner(session, producer))
    page = client.get("/account").text
    assert "Chủ cơ sở" in page
    assert "HTX Chè Suối Giàng" in page


def test_a_name_in_the_profile_passes_the_filter_of_all_names(client: Visitor, session: Session) -> None:
    user = make_user(session)
    client.log_in(user)
    refused = client.post("/account", data={"name": "vào evil.example", "language": "vi"})
    assert (refused.status_code, 'id="name-error"' in refused.text) == (422, True)
    client.post("/account", data={"name": " Lò\u200b Thị\r\nMai ", "language": "vi"})
    session.refresh(user)
    assert user.name == "Lò Thị Mai"
