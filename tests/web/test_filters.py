"""Words and figures in both languages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from app.core import clock
from app.web import filters


@pytest.fixture
def site() -> Flask:
    flask_app = Flask("app", static_folder=None)
    Babel(flask_app, default_locale="vi", default_timezone="Asia/Ho_Chi_Minh")
    filters.register_filters(flask_app)
    flask_app.add_url_rule("/x", "room.here", lambda: "x")
    return flask_app


def render(site: Flask, source: str, language: str = "vi", **values: object) -> str:
    with site.test_request_context(), force_locale(language):
        return site.jinja_env.from_string(source).render(**values)


def test_money_is_grouped_and_never_breaks_before_its_sign(site: Flask) -> None:
    assert render(site, "{{ 420000 | vnd }}") == "420.000\u00a0₫"
    assert render(site, "{{ 420000 | vnd }}", "en") == "420,000\u00a0₫"
    assert render(site, "{{ 0 | vnd }}") == "0\u00a0₫"
    assert render(site, "{{ none | vnd }}") == ""


def test_days_are_written_the_vietnamese_way(site: Flask) -> None:
    assert render(site, "{{ day | vn_date }}", day=dt.date(2026, 1, 9)) == "09/01/2026"
    assert render(site, "{{ none | vn_date }}{{ none | vn_datetime }}") == ""


def test_a_moment_is_told_in_vietnam_time(site: Flask) -> None:
    late = dt.datetime(2026, 11, 20, 17, 30, tzinfo=dt.UTC)
    assert render(site, "{{ m | vn_datetime }}", m=late) == "00:30, 21/11/2026"
    assert render(site, "{{ m | vn_date }}", m=late) == "21/11/2026"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (1234.5, "1.234,5", "1,234.5"),
        (1000, "1.000", "1,000"),
        (Decimal("2.50"), "2,5", "2.5"),
        (0, "0", "0"),
    ],
)
def test_numbers_follow_the_language(site: Flask, value: float, vi: str, en: str) -> None:
    assert render(site, "{{ v | number }}", v=value) == vi
    assert render(site, "{{ v | number }}", "en", v=value) == en


def test_a_share_is_a_percentage_with_a_space_before_its_sign(site: Flask) -> None:
    assert render(site, "{{ 0.164 | percent }}") == "16,4\u00a0%"
    assert render(site, "{{ 1 | percent }}") == "100\u00a0%"
    assert render(site, "{{ none | percent }}{{ none | number }}{{ none | grams }}{{ none | ago }}") == ""


def test_net_weight_is_said_in_the_unit_people_use(site: Flask) -> None:
    assert render(site, "{{ 100 | grams }}") == "100\u00a0g"
    assert render(site, "{{ 1500 | grams }}") == "1,5\u00a0kg"
    assert render(site, '{{ 500 | grams("ml") }}') == "500\u00a0ml"
    assert render(site, '{{ 2000 | grams("ml") }}') == "2\u00a0lít"
    assert render(site, '{{ 3000 | grams("tờ") }}') == "3.000\u00a0tờ"


def test_how_long_ago(site: Flask) -> None:
    now = clock.now()
    assert render(site, "{{ m | ago }}", m=now) == "vừa xong"
    assert render(site, "{{ m | ago }}", m=now - dt.timedelta(minutes=3, seconds=5)) == "3 phút trước"
    assert render(site, "{{ m | ago }}", "en", m=now - dt.timedelta(days=2, minutes=1)) == "2 days ago"


@pytest.mark.parametrize(
    ("name", "initials_shown"),
    [
        ("HTX chè Hảo Đạt", "HĐ"),
        ("Công ty TNHH Trà Vinh Farm", "VF"),
        ("Hộ kinh doanh Lan", "L"),
        ("Công ty", "C"),
        ("", ""),
    ],
)
def test_a_disc_shows_the_name_and_not_the_kind_of_firm(name: str, initials_shown: str) -> None:
    assert filters.initials(name) == initials_shown
