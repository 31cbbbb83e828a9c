"""Files that people send: read no further than allowed, and deleted from the media store when a verb has queued it."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from app.core.db import outside_atomic
from app.core.errors import InvalidInput, TooLarge
from app.core.outbox import OutboxMessage, handler
from app.web.media import storage


def read_upload(file: FileStorage | None, *, field: str, most: int, optional: bool = False) -> bytes:
    """The bytes of an uploaded file, at most `most`; b"" where `optional` and none was chosen.

    Raises InvalidInput at `field` (`no-file`), TooLarge at `field` (`file-too-large`, most_kilobytes).
    """
    outside_atomic("a sent file")
    body = b"" if file is None else file.stream.read(most + 1)
    if len(body) > most:
        raise TooLarge("file-too-large", field=field, most_kilobytes=most // 1024)
    if not body and not optional:
        raise InvalidInput("no-file", field=field)
    return body


@handler("media.forget")
def forget_files(message: OutboxMessage) -> None:
    """Delete files from the media store; doing it twice does no harm."""
    for name in message.payload["names"]:
        storage().delete(name)
