"""What counts as a scan, and the cookie by which a reload is none.

Every GET of a stamp page is a scan, but for a robot's, and for that of a page which carries the signed scan cookie of
that code (30 minutes, that address only): it shows the same verdict again. A prefetch is refused, so that the visit is
a request of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from app.trace.scans.journal import ScanSummary
from app.trace.scans.robots import is_robot

COOKIE = "scan"
COOKIE_SECONDS = 30 * 60
_SIGNATURE_BYTES = 15
_NOT_SAID = -1
"""Stands for the count where the journal did not say what had been seen."""


def is_scan(method: str, environ: Mapping[str, Any]) -> bool:
    """Whether a request without the cookie is a person's look at the stamp; its headers are read as WSGI gives them."""
    return method == "GET" and not is_robot(environ.get("HTTP_USER_AGENT", ""))


def is_prefetch(environ: Mapping[str, Any]) -> bool:
    """Whether a browser asks ahead of a visit that may never come (Sec-Purpose in Fetch, and its forerunners)."""
    purpose = (
        environ.get("HTTP_SEC_PURPOSE")
        or environ.get("HTTP_PURPOSE")
        or environ.get("HTTP_X_PURPOSE")
        or environ.get("HTTP_X_MOZ")
    )
    if purpose is None:
        return False
    return any(word in purpose.lower() for word in ("prefetch", "prerender", "preview"))


class ScanCookie:
    """Signs and reads `count.first.last.until.signature`; the code is under the signature, not in the cookie."""

    def __init__(self, secret_key: str) -> None:
        key = hmac.digest(secret_key.encode(), b"nguon scan cookie", "sha256")
        # Keyed BLAKE2 (RFC 7693) takes its key once; OpenSSL's HMAC would be looked up and set up for every cookie.
        self._keyed = hashlib.blake2b(key=key, digest_size=_SIGNATURE_BYTES)

    def _sign(self, code: str, text: str) -> str:
        mac = self._keyed.copy()
        mac.update(f"{code}|{text}".encode())
        return base64.urlsafe_b64encode(mac.digest()).decode()

    def write(self, code: str, before: ScanSummary | None, at_ms: int) -> str:
        """The cookie of a scan made now, with what had been seen before it if that is known."""
        before = before or ScanSummary(_NOT_SAID, 0, 0, "", "")
        text = f"{before.count}.{before.first_ms}.{before.last_ms}.{at_ms + COOKIE_SECONDS * 1000}"
        return f"{text}.{self._sign(code, text)}"

    def read(self, code: str, value: str, at_ms: int) -> tuple[ScanSummary | None, int] | None:
        """(what had been seen before that scan if that was known, when that scan was).

        None for a cookie that is forged, another code's, or too old.
        """
        text, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(code, text).encode()):
            return None
        count, first, last, until = (int(part) for part in text.split("."))
        if until < at_ms:
            return None
        before = None if count == _NOT_SAID else ScanSummary(count, first, last, "", "")
        return before, until - COOKIE_SECONDS * 1000
