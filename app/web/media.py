"""Photographs, served from the media store under addresses whose content never changes.

A photograph of key `k` is kept as `k-240`, `k-480` and `k-960` in AVIF and in WebP; the number is the width asked of
the encoder, and a smaller original is kept under the same names. The bytes pass through here also from a bucket: pages
may show nothing from another host.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request

from app.core.errors import NotFound
from app.core.parts import hang, part
from app.core.storage import Storage, StorageMark, open_storage
from app.core.stores import MarkedStore, Stores
from app.web.assets import FOREVER
from config import Settings

WIDTHS = (240, 480, 960)
FORMATS = {"avif": "image/avif", "webp": "image/webp"}

blueprint = Blueprint("media", __name__)


def storage() -> Storage:
    """The media store of this application."""
    store: Storage = part(Storage)
    return store


def photo_name(key: str, width: int, form: str) -> str:
    """The name of one file of a photograph in the media store."""
    return f"{key}-{width}.{form}"


def photo_url(key: str, width: int = 480, form: str = "webp") -> str:
    """Address of one file of a photograph, for templates."""
    return f"/media/{photo_name(key, width, form)}"


def photo_srcset(key: str, form: str) -> str:
    """Every width of a photograph, as `srcset` wants it."""
    return ", ".join(f"{photo_url(key, width, form)} {width}w" for width in WIDTHS)


@blueprint.get("/media/<string:key>-<int:width>.<any(avif, webp):form>")
def photo(key: str, width: int, form: str) -> Response:
    """One file of a photograph."""
    if width not in WIDTHS or not key.isascii() or not key.replace("-", "").isalnum() or key != key.lower():
        raise NotFound
    name = photo_name(key, width, form)
    response = Response(storage().read(name), content_type=FORMATS[form])
    response.headers["Cache-Control"] = FOREVER
    response.set_etag(name)
    response.make_conditional(request)
    return response


def register_media(app: Flask) -> None:
    """Open the media store and serve its photographs; templates get `photo_url` and `photo_srcset`."""
    opened = hang(app, open_storage(part(Settings, app).media_url), Storage)
    part(Stores, app)["media"] = MarkedStore("media", StorageMark(opened))
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(photo_url=photo_url, photo_srcset=photo_srcset)
