"""Bundles: addressed by content, cached for a year, whole, and light enough for the stamp page."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, url_for

from app.web.assets import BUNDLES, FOREVER, Assets, asset_url, register_assets, static_url

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


@pytest.fixture
def site() -> Flask:
    flask_app = Flask("app", root_path=str(ROOT / "app"), static_folder=None)
    register_assets(flask_app)
    return flask_app


def address(site: Flask, name: str) -> str:
    with site.test_request_context():
        return asset_url(name)


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_bundle_may_be_cached_for_a_year_and_is_packed_when_the_browser_can_unpack(
    site: Flask, name: str
) -> None:
    client = site.test_client()
    plain = client.get(address(site, name), headers={"Accept-Encoding": "identity"})
    packed = client.get(address(site, name), headers={"Accept-Encoding": "gzip"})
    assert plain.status_code == packed.status_code == 200
    assert plain.headers["Cache-Control"] == FOREVER
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert plain.mimetype == ("text/css" if name.endswith(".css") else "text/javascript")


def test_an_old_address_gets_todays_sheet_but_is_not_cached(site: Flask) -> None:
    response = site.test_client().get("/assets/site.00000000.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/assets/nothing.00000000.css", "/assets/site.00000000.png", "/static/none.svg"]
)
def test_what_does_not_exist_is_not_found(site: Flask, path: str) -> None:
    assert site.test_client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd"])
def test_nothing_outside_the_static_folder_is_served(site: Flask, path: str) -> None:
    assert site.test_client().get(path).status_code in {308, 404}


def test_an_unknown_bundle_is_a_mistake_of_the_template(site: Flask) -> None:
    with site.test_request_context(), pytest.raises(KeyError):
        asset_url("missing.css")


def test_every_address_inside_the_sheets_answers(site: Flask) -> None:
    client = site.test_client()
    for name in ("site.css", "stamp.css"):
        sheet = client.get(address(site, name)).get_data(as_text=True)
        inside = re.findall(r"url\(([^)]+)\)", sheet)
        assert inside
        for path in inside:
            assert path.startswith("/static/"), (
                "a sheet asks another host or a path that moves with the bundle"
            )
            response = client.get(path)
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == FOREVER


def test_a_static_file_is_cached_for_long_only_under_its_own_hash(site: Flask) -> None:
    client = site.test_client()
    with site.test_request_context():
        cached = static_url("img/icon.svg")
    assert client.get(cached).headers["Cache-Control"] == FOREVER
    assert client.get("/static/img/icon.svg").headers["Cache-Control"] == "public, max-age=3600"
    assert client.get("/static/img/icon.svg?v=00000000").headers["Cache-Control"] == "public, max-age=3600"


def test_a_browser_that_has_the_bundle_is_told_so(site: Flask) -> None:
    client = site.test_client()
    first = client.get(address(site, "site.css"))
    again = client.get(address(site, "site.css"), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_bundle_has_no_token_that_none_of_its_rules_asks_for(site: Flask) -> None:
    sheet = site.test_client().get(address(site, "stamp.css"), headers={"Accept-Encoding": "identity"}).text
    named = re.findall(r"(--[\w-]+):", sheet)
    assert named and [token for token in named if f"var({token}" not in sheet] == []


def test_every_sheet_of_the_stamp_page_exists_and_leaves_room_for_the_page(site: Flask) -> None:
    assert [name for name in BUNDLES["stamp.css"] if not (STATIC / name).is_file()] == []
    sheet = site.test_client().get(address(site, "stamp.css"), headers={"Accept-Encoding": "identity"}).data
    fonts = sum((STATIC / f"fonts/be-vietnam-pro-{weight}.woff2").stat().st_size for weight in (400, 600))
    assert len(sheet) + fonts < 46_000, "page, sheet and two fonts must stay under 60 kB together"


def test_the_letters_are_served_as_fonts(site: Flask) -> None:
    response = site.test_client().get("/static/fonts/be-vietnam-pro-400.woff2")
    assert response.mimetype == "font/woff2"
    again = site.test_client().get(
        "/static/fonts/be-vietnam-pro-400.woff2", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_colour_has_its_light_and_dark_value_in_one_place() -> None:
    """A browser that does not know light-dark() would lose a colour used elsewhere; the tokens have a way out."""
    written = {
        path.relative_to(STATIC).as_posix(): path.read_text() for path in (STATIC / "css").rglob("*.css")
    }
    with_both = {name for name, sheet in written.items() if "light-dark(" in sheet}
    assert with_both == {"css/tokens.css", "css/tokens_site.css"}
    assert not [
        name for name, sheet in written.items() if re.search(r"prefers-color-scheme[^{]*\{[^}]*--", sheet)
    ]
    tokens = re.findall(r"(--[\w-]+):", "".join(written[name] for name in with_both))
    assert len(tokens) == len(set(tokens))


@pytest.mark.parametrize("name", ["site.css", "stamp.css"])
def test_a_browser_without_light_dark_gets_the_light_value_of_every_token(site: Flask, name: str) -> None:
    sheet = site.test_client().get(address(site, name), headers={"Accept-Encoding": "identity"}).text
    own, older = sheet.split("@supports not (color:light-dark(red,red))")
    older = older[: older.index("}}")]
    assert older.endswith("color-scheme:light") and "light-dark" not in older
    given = dict(re.findall(r"(--[\w-]+):([^;}]+)", older))
    asked = dict(re.findall(r"(--[\w-]+):([^;}]*light-dark[^;}]*)", own))
    assert given.keys() == {token for token in asked if f"var({token})" in own} and len(given) > 30
    assert (given["--paper"], given["--focus"]) == ("#f6f4ef", "0 0 0 2px var(--surface),0 0 0 5px #2f6fd0")


def test_while_watching_a_changed_sheet_gets_a_new_address(tmp_path: Path) -> None:
    for folder in ("css/components", "css/pages", "js", "fonts"):
        (tmp_path / folder).mkdir(parents=True)
    sheet = tmp_path / "css/base.css"
    sheet.write_text("a { color: red; }")
    watching, settled = Assets(tmp_path, watch=True), Assets(tmp_path, watch=False)
    before = watching.bundle("site.css"), settled.bundle("site.css")
    sheet.write_text("a { color: blue; } /* new */")
    after = watching.bundle("site.css"), settled.bundle("site.css")
    assert before[0] is not None and after[0] is not None
    assert after[0].digest != before[0].digest
    assert after[0].body == b"a{color:blue}\n"
    assert after[1] == before[1]


def test_the_address_of_a_bundle_is_part_of_the_application(site: Flask) -> None:
    with site.test_request_context():
        assert url_for("assets.file", path="img/icon.svg") == "/static/img/icon.svg"
