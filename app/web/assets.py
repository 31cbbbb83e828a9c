"""Stylesheets and scripts: joined in memory at start-up, addressed by the hash of their content.

There is no build step: a bundle is the plain files of `static/` one after another. The address carries the first
eight hex digits of the SHA-256 of the content, so a browser may cache it for a year.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request
from werkzeug.security import safe_join

from app.core.parts import hang, part

FOREVER = "public, max-age=31536000, immutable"
STATIC_PATH = "/static"
BUNDLE_PATH = "/assets"

# What the stamp page needs and nothing else: it must open on a slow network (under 60 kB with two fonts).
STAMP_SHEETS = (
    "css/tokens.css",
    "css/base.css",
    "css/components/icon.css",
    "css/components/face.css",
    "css/components/brand.css",
    "css/components/language_switch.css",
    "css/components/stars.css",
    "css/components/pill.css",
    "css/components/buttons.css",
    "css/components/kv_list.css",
    "css/components/certificate.css",
    "css/components/mini_map.css",
    "css/components/producer_line.css",
    "css/components/notice.css",
    "css/components/verdict.css",
    "css/components/stamp_what.css",
    "css/components/answers.css",
    "css/components/story.css",
    "css/components/stamp_actions.css",
    "css/components/code_groups.css",
    "css/stamp.css",
)

# A source may be a file or a pattern; the order is the order of the cascade.
BUNDLES: dict[str, tuple[str, ...]] = {
    "site.css": (
        "css/tokens.css",
        "css/tokens_site.css",
        "css/base.css",
        "css/components/*.css",
        "css/pages/*.css",
    ),
    "stamp.css": STAMP_SHEETS,
    "site.js": ("js/*.js",),
}

MIME = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8",
}

_URL = re.compile(r"url\(\s*['\"]?(?!data:|#|/)([^'\")]+)['\"]?\s*\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_BESIDE = re.compile(r" ?([{};,]) ?")
_TOKEN = re.compile(r"(--[\w-]+):([^;}]+);?")
_LIGHT_DARK = re.compile(r"light-dark\(((?:[^(),]|\([^()]*\))+),(?:[^()]|\([^()]*\))+\)")

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Bundle:
    """One joined file: its name, its hash (8 hex digits), the bytes and the same bytes gzipped."""

    name: str
    digest: str
    body: bytes
    gzipped: bytes

    @property
    def file(self) -> str:
        """The name with the hash in it: `site.1a2b3c4d.css`."""
        stem, _, ext = self.name.rpartition(".")
        return f"{stem}.{self.digest}.{ext}"


def _tighten(sheet: str) -> str:
    """Take out what only people need: margins, line ends, spaces beside braces and colons (no string holds one)."""
    return _BESIDE.sub(r"\1", _SPACE.sub(" ", sheet)).replace(";}", "}").replace(": ", ":").strip()


def _without_unused_tokens(sheet: str) -> str:
    """Leave out the tokens that no rule of the bundle asks for: the stamp page uses half of them."""
    return _TOKEN.sub(lambda match: match[0] if f"var({match[1]}" in sheet else "", sheet)


def _for_older_browsers(sheet: str) -> str:
    """The light values of the tokens that a bundle uses, by day and by night.

    For browsers without light-dark(), those before Chrome 123, Firefox 120 and Safari 17.5: a token they cannot read
    would leave its text without colour. "" where there is no such token.
    """
    light = "".join(
        f"{token}:" + _LIGHT_DARK.sub(r"\1", value) + ";"
        for token, value in _TOKEN.findall(sheet)
        if "light-dark(" in value and f"var({token})" in sheet
    )
    return (
        f"@supports not (color:light-dark(red,red)){{:root{{{light}color-scheme:light}}}}\n" if light else ""
    )


def digest_of(body: bytes) -> str:
    """First eight hex digits of the SHA-256."""
    return hashlib.sha256(body).hexdigest()[:8]


class Assets:
    """The bundles of one application. With `watch` the files are read again when one of them changes."""

    def __init__(self, root: Path, *, watch: bool) -> None:
        self.root = root
        self.watch = watch
        self._digests: dict[str, tuple[int, str]] = {}
        self._bundles: dict[str, Bundle] = {}
        self._seen: dict[str, int] = {}
        for name in BUNDLES:
            self._build(name)

    def bundle(self, name: str) -> Bundle | None:
        """The bundle of that name, or None when there is no such bundle."""
        if name not in BUNDLES:
            return None
        if self.watch and self._newest(name) != self._seen[name]:
            self._build(name)
        return self._bundles[name]

    def file_url(self, path: str) -> str:
        """Address of one static file with its hash, `/static/fonts/x.woff2?v=1a2b3c4d`.

        Raises FileNotFoundError: a page that names a missing file is a mistake to be heard at once.
        """
        return f"{STATIC_PATH}/{path}?v={self.file_digest(path)}"

    def file_digest(self, path: str) -> str:
        """Hash of one static file; read once, and again when watching and the file has changed."""
        known = self._digests.get(path)
        if known is not None and not self.watch:
            return known[1]
        file = self.root / path
        changed = file.stat().st_mtime_ns
        if known is None or known[0] != changed:
            known = (changed, digest_of(file.read_bytes()))
            self._digests[path] = known
        return known[1]

    def _sources(self, name: str) -> Iterable[Path]:
        for pattern in BUNDLES[name]:
            yield from sorted(self.root.glob(pattern))

    def _newest(self, name: str) -> int:
        return hash(tuple((str(source), source.stat().st_mtime_ns) for source in self._sources(name)))

    def _build(self, name: str) -> None:
        self._seen[name] = self._newest(name)
        sheet = name.endswith(".css")
        read = self._stylesheet if sheet else self._script
        text = "".join(read(source) for source in self._sources(name))
        if sheet:
            text = _without_unused_tokens(text)
        body = (text + _for_older_browsers(text) if sheet else text).encode()
        self._bundles[name] = Bundle(name, digest_of(body), body, gzip.compress(body, 9, mtime=0))

    def _script(self, source: Path) -> str:
        # A block of its own keeps the names of one module out of the next.
        return f"{{\n{source.read_text(encoding='utf-8')}}}\n"

    def _stylesheet(self, source: Path) -> str:
        folder = source.parent.relative_to(self.root).as_posix()

        def absolute(match: re.Match[str]) -> str:
            path = posixpath.normpath(posixpath.join(folder, match.group(1).strip()))
            return f"url({self.file_url(path)})"

        text = _tighten(_COMMENT.sub("", source.read_text(encoding="utf-8")))
        return _URL.sub(absolute, text) + "\n"


def _assets() -> Assets:
    return part(Assets)


@blueprint.get(f"{BUNDLE_PATH}/<stem>.<digest>.<ext>")
def bundle(stem: str, digest: str, ext: str) -> Response:
    """Serve a bundle. An old hash (a page from before a release) gets today's content, which is not cached."""
    current = _assets().bundle(f"{stem}.{ext}")
    if current is None:
        abort(404)
    packed = request.accept_encodings["gzip"] > 0
    response = Response(current.gzipped if packed else current.body, content_type=MIME[ext])
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOREVER if digest == current.digest else "no-cache"
    response.set_etag(current.digest + ("-gz" if packed else ""))
    response.make_conditional(request)
    return response


def asset_url(name: str) -> str:
    """Address of a bundle (`site.css`, `stamp.css`, `site.js`), for templates."""
    current = _assets().bundle(name)
    if current is None:
        raise KeyError(name)
    return f"{BUNDLE_PATH}/{current.file}"


def static_url(path: str) -> str:
    """Address of a font or picture under `static/`, with its hash, for templates."""
    return _assets().file_url(path)


@blueprint.get(f"{STATIC_PATH}/<path:path>")
def file(path: str) -> Response:
    """Serve a font or picture; asked for by its own hash it never changes, else an hour is enough."""
    assets = _assets()
    found = safe_join(str(assets.root), path)
    content_type = MIME.get(path.rpartition(".")[2])
    if found is None or content_type is None or not Path(found).is_file():
        abort(404)
    # The files are few and small (under 100 kB), so they are read whole.
    response = Response(Path(found).read_bytes(), content_type=content_type)
    digest = assets.file_digest(path)
    response.headers["Cache-Control"] = FOREVER if request.args.get("v") == digest else "public, max-age=3600"
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def register_assets(app: Flask) -> None:
    """Build the bundles of `static/` and give templates `asset_url` and `static_url`."""
    root = Path(app.root_path).parent / "static"
    hang(app, Assets(root, watch=app.debug))
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset_url=asset_url, static_url=static_url)
