"""What counts as a scan, and the cookie by which a reload is none.

Every GET of a stamp page is a scan, but for HEAD, prefetches, the robots that draw previews, and a page that carries
the signed scan cookie of that code (30 minutes, that address only): it shows the same verdict again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from app.trace.scans.journal import ScanSummary

COOKIE = "scan"
COOKIE_SECONDS = 30 * 60
_SIGNATURE_BYTES = 15
_PREVIEW = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|whatsapp|telegram|zalo(?!pc|app)|viber|skype|slack|discord"
    r"|embedly|curl/|wget/|python-requests"
)  # looked for in lower case, which is several times as fast as a case-insensitive search


def is_scan(method: str, environ: Mapping[str, Any]) -> bool:
    """Whether a request without the cookie is a person's look at the stamp; its headers are read as WSGI gives them."""
    if method != "GET":
        return False
    purpose = (
        environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or environ.get("HTTP_X_MOZ") or ""
    ).lower()
    if "prefetch" in purpose or "preview" in purpose:
        return False
    return _PREVIEW.search(environ.get("HTTP_USER_AGENT", "").lower()) is None


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

    def write(self, code: str, before: ScanSummary, at_ms: int) -> str:
        """The cookie of a scan made now, with what had been seen before it."""
        text = f"{before.count}.{before.first_ms}.{before.last_ms}.{at_ms + COOKIE_SECONDS * 1000}"
        return f"{text}.{self._sign(code, text)}"

    def read(self, code: str, value: str, at_ms: int) -> tuple[ScanSummary, int] | None:
        """(what had been seen before that scan, when that scan was), or None: forged, another code's, or too old."""
        text, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(code, text).encode()):
            return None
        count, first, last, until = (int(part) for part in text.split("."))
        if until < at_ms:
            return None
        return ScanSummary(count, first, last, "", ""), until - COOKIE_SECONDS * 1000
