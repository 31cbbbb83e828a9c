"""Headers every response carries, and CSRF for every form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

csrf = CSRFProtect()

# JSON-LD is a data block and is not executed, so it needs no allowance here.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Addresses of orders, stamps and mailed links are secrets: no request tells them on, not even one to this site.
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")


class SecurityHeaders:
    """WSGI middleware: the headers above on every answer, whichever part of the application gave it.

    It also puts the site at the root of its host, where BASE_URL has it: some servers let a header SCRIPT_NAME move it,
    and cached pages would carry that visitor's links to all others. And it lets a request count as come over TLS where
    BASE_URL says https, whatever the last hop spoke: HSTS and every cookie's Secure ask for that alone. So it stands
    behind what reads a proxy's headers.
    """

    def __init__(self, application: WSGIApplication, base_url: str) -> None:
        self._application = application
        self._always_secure = base_url.startswith("https:")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = ""
        secure = self._always_secure or environ.get("wsgi.url_scheme", "").lower() == "https"
        if secure:
            environ["wsgi.url_scheme"] = "https"

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            headers.extend(HEADERS)
            if secure:
                headers.append(STRICT_TRANSPORT)
            return start_response(status, headers, exc_info)

        return self._application(environ, start)


def register_security(app: Flask) -> None:
    """CSRF protection and cookie flags; the headers are SecurityHeaders' work, Secure is that of `Sessions`.

    A form is known by its token. Flask-WTF would also want a Referer over TLS, which this site tells browsers not to
    send, and which careful people's browsers never did.
    """
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="session",
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.after_request(private_to_the_visitor)


def private_to_the_visitor(response: Response) -> Response:
    """A page without caching rules of its own may hold a form token or a name: no shared cache stores it."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
