"""The admin sees people, gives and takes roles, and reads what was done."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.core.audit import Actor, record
from app.core.db import atomic, db
from app.core.parts import part
from app.core.stores import Stores
from app.trace.setup import Trace
from tests.factories.accounts import make_admin, make_officer, make_owner, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.places import TRA_VINH, VINH_LONG


@pytest.fixture
def admin(client: Visitor, session: Session) -> Visitor:
    return client.log_in(make_admin(session))


def test_people_are_found_by_name_address_and_role(admin: Visitor, session: Session) -> None:
    make_user(session, name="Nông Văn Dền", email="den@thu.example")
    make_owner(session, make_producer(session, name="HTX Bản Liền"))
    page = admin.get("/admin/users").text
    assert 'data-total="3"' in page
    assert "HTX Bản Liền" in page
    assert 'data-total="1"' in admin.get("/admin/users?q=Dền").text
    assert 'data-total="1"' in admin.get("/admin/users?q=DEN@THU").text
    assert 'data-total="1"' in admin.get("/admin/users?role=owner").text
    assert 'data-total="3"' in admin.get("/admin/users?role=king").text
    assert "Không có ai như vậy" in admin.get("/admin/users?q=%25").text


@pytest.mark.parametrize("page", ["0", "-1", "99999", "x", ""])
def test_a_page_that_is_not_there_is_the_nearest(admin: Visitor, page: str) -> None:
    assert admin.get(f"/admin/users?page={page}").status_code == 200
    assert admin.get(f"/admin/audit?page={page}").status_code == 200


def test_long_lists_have_pages(admin: Visitor, session: Session, now: dt.datetime) -> None:
    with atomic() as writing:
        for number in range(60):
            record(writing, "roll.printed", ("roll", number), actor=Actor(None, "job"), now=now)
    assert "page=2" in admin.get("/admin/audit").text
    assert "Cuộn tem 0" in admin.get("/admin/audit?page=2").text


def test_a_role_is_given_and_taken_and_both_are_in_the_log(admin: Visitor, session: Session) -> None:
    user, producer = make_user(session), make_producer(session, slug="htx-ban-lien")
    path = f"/admin/users/{user.id}"
    assert admin.post(f"{path}/roles", data={"role": "owner", "producer": producer.slug}).status_code == 303
    assert admin.post(f"{path}/roles", data={"role": "officer", "unit": VINH_LONG}).status_code == 303
    page = admin.get(path).text
    assert "Vĩnh Long" in page and "tỉnh cũ" not in page
    roles = session.scalars(
        sa.select(Membership).where(Membership.user_id == user.id).order_by(Membership.id)
    ).all()
    assert [(role.role, role.producer_id, role.unit_id) for role in roles] == [
        ("owner", producer.id, None),
        ("officer", None, VINH_LONG),
    ]
    assert admin.post(f"{path}/roles/{roles[0].id}/revoke").status_code == 303
    log = admin.get(f"/admin/audit?type=user&id={user.id}").text
    assert "Trao một vai trò" in log
    assert "Thu một vai trò" in log
    english = admin.get(f"/admin/audit?type=user&id={user.id}&lang=en").text
    assert "Role granted" in english
    assert f">Account {user.id}</a>" in english
    assert "Phạm Quốc Anh" in log


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"role": "owner"}, "Chủ và nhân viên cần đúng một cơ sở"),
        ({"role": "owner", "producer": "khong-co"}, "Không có cơ sở nào như vậy"),
        ({"role": "officer"}, "Cán bộ cần đúng một tỉnh"),
        ({"role": "promotion", "unit": VINH_LONG}, "Cán bộ cần đúng một tỉnh"),
        ({"role": "king"}, "form-errors"),
        ({"role": "officer", "unit": "VN34-99"}, "form-errors"),
        ({"role": "officer", "unit": TRA_VINH}, "form-errors"),
    ],
)
def test_a_role_that_cannot_be_is_said_at_its_field(
    admin: Visitor, session: Session, data: dict[str, str], words: str
) -> None:
    user = make_user(session)
    answer = admin.post(f"/admin/users/{user.id}/roles", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert session.scalar(sa.select(Membership.id).where(Membership.user_id == user.id)) is None


def test_the_same_role_twice_is_said(admin: Visitor, session: Session) -> None:
    user = make_user(session)
    path = f"/admin/users/{user.id}/roles"
    assert admin.post(path, data={"role": "promotion"}).status_code == 303
    answer = admin.post(path, data={"role": "promotion"})
    assert answer.status_code == 422
    assert "Người này đã có vai trò ấy" in answer.text


def test_an_account_is_closed_and_opened(admin: Visitor, session: Session) -> None:
    user = make_user(session)
    admin.post(f"/admin/users/{user.id}/disable")
    assert "Mở lại tài khoản" in admin.get(f"/admin/users/{user.id}").text
    admin.post(f"/admin/users/{user.id}/enable")
    assert "Khóa tài khoản" in admin.get(f"/admin/users/{user.id}").text


def test_the_last_admin_is_told_why_not(admin: Visitor, session: Session) -> None:
    role = session.scalars(sa.select(Membership).where(Membership.role == "admin")).one()
    admin.post(f"/admin/users/{role.user_id}/roles/{role.id}/revoke")
    assert "người quản trị duy nhất" in admin.get(f"/admin/users/{role.user_id}").text
    admin.post(f"/admin/users/{role.user_id}/disable")
    assert admin.get("/admin/").status_code == 200


def test_another_persons_role_and_nobody_are_not_found(admin: Visitor, session: Session) -> None:
    officer, other = make_officer(session), make_user(session)
    role = session.scalars(sa.select(Membership).where(Membership.user_id == officer.id)).one()
    assert admin.post(f"/admin/users/{other.id}/roles/{role.id}/revoke").status_code == 404
    assert admin.get("/admin/users/999999").status_code == 404
    assert admin.post("/admin/users/999999/disable").status_code == 404
    assert admin.post("/admin/users/999999/roles", data={"role": "promotion"}).status_code == 404


def test_the_log_is_narrowed_by_object_and_actor(admin: Visitor, session: Session, now: dt.datetime) -> None:
    with atomic() as writing:
        record(writing, "roll.issued", ("roll", 1), actor=Actor(7, "Lý Thị Hoa"), now=now, count=100)
        record(writing, "certificate.withdrawn", ("certificate", 1), actor=Actor(None, "cli"), now=now)
    for query, total in (
        ("", 2),
        ("type=roll", 1),
        ("type=roll&id=2", 0),
        ("id=1", 2),
        ("actor=7", 1),
        ("actor=Hoa", 1),
        ("actor=%25", 0),
        ("actor=" + "9" * 30, 0),
    ):
        assert f'data-total="{total}"' in admin.get(f"/admin/audit?{query}").text
    assert "count: 100" in admin.get("/admin/audit?type=roll").text


def test_the_state_of_the_system_is_shown(admin: Visitor, session: Session) -> None:
    page = admin.get("/admin/").text
    migration = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert f"<dd>{migration}</dd>" in page
    assert "chưa nghe thấy lần nào" in page


def test_a_store_of_another_database_is_on_the_first_page_with_the_way_out(
    admin: Visitor, app: Flask
) -> None:
    part(Trace, app).scans.sign(f"{'0' * 32} 1")
    part(Stores, app).establish(db.session())
    page = admin.get("/admin/").text
    assert "Nhật ký quét thuộc cơ sở dữ liệu khác" in page
    assert "stores adopt journal" in page


def test_admin_rooms_are_for_admins(client: Visitor, session: Session) -> None:
    assert client.get("/admin/").status_code == 303
    client.log_in(make_officer(session))
    for path in ("/admin/", "/admin/users", "/admin/audit"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Tài khoản này không có quyền xem trang này" in answer.text
