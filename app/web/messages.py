"""The one way from a refusal to a sentence for a person, in the language of the request.

Each package that refuses keeps a book in its `messages` module: for every code it raises, a function from the facts of
the refusal to a sentence. The factory joins the books in `Messages`; pages, forms and problem+json ask `message_for`.
This module also holds the codes of the core and of the web itself, and the messages for an HTTP status alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString, gettext, lazy_gettext
from flask_wtf import FlaskForm

from app.core.errors import Facts, Message, NotFound, Refusal
from app.core.parts import part
from app.web.filters import number, vn_date, vnd

Book = Mapping[str, Message]


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message whose error page has a title of its own, and maybe a link to the way out: (label, endpoint)."""

    text: Message
    title: LazyString
    link: tuple[LazyString, str] | None = None

    def __call__(self, facts: Facts) -> str:
        return self.text(facts)


class Messages:
    """Every book of the site. A code belongs to one book only; a second text for it is a programming error."""

    def __init__(self, *books: Book) -> None:
        self._by_code: dict[str, Message] = {}
        for book in books:
            twice = self._by_code.keys() & book.keys()
            if twice:
                raise ValueError(f"codes with two messages: {', '.join(sorted(twice))}")
            self._by_code.update(book)

    def find(self, code: str) -> Message | None:
        """The message of a code, None where there is none."""
        return self._by_code.get(code)


def find_message(code: str) -> Message | None:
    """The message of a code in the books of this site."""
    return part(Messages).find(code)


def message_for(refusal: Refusal, label: str | None = None) -> str:
    """The message of a refusal for the person: what is wrong and what to do.

    `label` is the label of the form field it is about, for sentences that name the field.
    """
    facts = refusal.facts if label is None else {**refusal.facts, "label": label}
    return text_for(refusal.code, refusal.status, facts)


def text_for(code: str, status: int, facts: Facts) -> str:
    """The sentence of a code; of an HTTP fault, which has no message of its own, the advice of its status."""
    message = find_message(code)
    return message(facts) if message else advice_for_status(status)


def show_at_field(form: FlaskForm, refusal: Refusal) -> None:
    """Show a refusal at the form field it speaks of; on top of the form when it speaks of none that is there.

    What does not exist for this person is no matter of a form: NotFound is raised again and becomes a page.
    """
    if isinstance(refusal, NotFound):
        raise refusal
    field = form._fields.get(refusal.field or "")
    if field is None:
        form.form_errors = [*form.form_errors, message_for(refusal)]
    else:
        field.errors = [*field.errors, message_for(refusal, str(field.label.text))]


def day_of(iso: str) -> str:
    """A day among facts, `2026-11-21`, as people write it: `21/11/2026`."""
    return vn_date(dt.date.fromisoformat(iso))


def missing_message(label: str) -> str:
    """The message at a field that was left empty, by its label."""
    return str(gettext("Chưa nhập %(field)s.", field=_inside_a_sentence(label)))


def _inside_a_sentence(label: str) -> str:
    """A label without its capital, unless it begins with an abbreviation: "Họ và tên" → "họ và tên"."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _missing(facts: Facts) -> str:
    if "label" in facts:
        return missing_message(facts["label"])
    return str(gettext("Còn thiếu thông tin bắt buộc."))


def _not_chosen(facts: Facts) -> str:
    if "label" in facts:
        return str(gettext("Chưa chọn %(field)s.", field=_inside_a_sentence(facts["label"])))
    return str(gettext("Còn thiếu một lựa chọn bắt buộc."))


def _store(facts: Facts) -> str:
    """A store beside the database, as a sentence begins with it."""
    names: dict[str, str] = {
        "journal": gettext("Nhật ký quét"),
        "media": gettext("Kho ảnh"),
        "index": gettext("Chỉ mục tìm kiếm"),
        "keys": gettext("Bộ khóa tem"),
    }
    return names[facts["store"]]


MESSAGES: Final[dict[str, Message]] = {
    # used by more than one package
    "missing": _missing,
    "not-chosen": _not_chosen,
    "too-long": lambda facts: gettext("Dài quá, nhiều nhất %(n)s ký tự.", n=number(facts["most"])),
    # of the core
    "not-found": lambda _: advice_for_status(404),
    "not-allowed": lambda _: advice_for_status(403),
    "busy": PageMessage(
        lambda _: gettext(
            "Người khác đang ghi vào đúng chỗ đó. Đợi vài giây rồi thử lại; việc của bạn chưa được lưu."
        ),
        title=lazy_gettext("Đang có nhiều người cùng làm"),
    ),
    "too-costly": lambda _: gettext(
        "Tệp này máy đọc quá lâu hoặc quá tốn bộ nhớ nên đã dừng. Gửi tệp khác nhẹ hơn, đơn giản hơn."
    ),
    "too-many-at-once": PageMessage(
        lambda _: gettext("Máy chủ đang bận nên chưa đọc tệp này. Đợi vài giây rồi gửi lại."),
        title=lazy_gettext("Đang bận đọc tệp"),
    ),
    "negative-amount": lambda _: gettext("Số tiền không thể nhỏ hơn 0."),
    "price-out-of-range": lambda facts: gettext(
        "Giá từ %(least)s đến %(most)s.", least=vnd(facts["least"]), most=vnd(facts["most"])
    ),
    "bad-name": lambda _: gettext("Chỉ viết tên, không kèm địa chỉ trang mạng hay thư."),
    "bad-phone": lambda _: gettext("Không có số điện thoại này. Ghi một số ở Việt Nam, như 0912 345 678."),
    "phone-letters": lambda facts: gettext(
        "Số điện thoại chỉ gồm chữ số, không có “%(letters)s”.", letters=facts["letters"]
    ),
    "phone-length": lambda facts: gettext(
        "Số này có %(n)s chữ số. Số di động có 10, như 0912 345 678; số bàn có 11.", n=facts["digits"]
    ),
    "phone-hotline": lambda facts: gettext(
        "Số %(number)s là tổng đài, không nhận được cuộc gọi. Ghi số di động hoặc số bàn.",
        number=facts["number"],
    ),
    "phone-abroad": lambda _: gettext("Cần một số ở Việt Nam, như 0912 345 678."),
    "number-read-twice": lambda facts: gettext(
        "Số “%(typed)s” đọc được hai cách. Ghi %(smaller)s hoặc %(larger)s.",
        typed=facts["typed"],
        smaller=number(facts["smaller"]),
        larger=number(facts["larger"]),
    ),
    "bad-file-name": lambda _: gettext("Tên tệp này không dùng được."),
    "store-of-another-database": lambda facts: gettext(
        "%(store)s thuộc cơ sở dữ liệu khác. Đặt lại đúng bản của trang này, hoặc nhận bản đang có:"
        " chạy `flask --app wsgi stores adopt %(name)s`.",
        store=_store(facts),
        name=facts["store"],
    ),
    "store-unknown": lambda facts: gettext(
        "%(store)s không phải bản mà cơ sở dữ liệu này đã biết: mất, bị thay, hoặc chưa chép theo."
        " Đặt lại bản cũ, hoặc nhận bản đang có: chạy `flask --app wsgi stores adopt %(name)s`.",
        store=_store(facts),
        name=facts["store"],
    ),
    "store-silent": lambda facts: gettext("%(store)s không trả lời.", store=_store(facts)),
    # of the web
    "form-expired": PageMessage(
        lambda _: gettext(
            "Vì an toàn, biểu mẫu chỉ dùng được trong một phiên. Quay lại, tải lại trang rồi gửi lần nữa;"
            " chưa có gì được lưu."
        ),
        title=lazy_gettext("Trang này mở đã lâu"),
    ),
}

_BY_STATUS: Final[dict[int, tuple[LazyString, LazyString]]] = {
    400: (
        lazy_gettext("Yêu cầu chưa đúng"),
        lazy_gettext("Địa chỉ hoặc thông tin gửi lên có chỗ chưa đúng. Xem lại rồi thử lần nữa."),
    ),
    403: (
        lazy_gettext("Tài khoản này không có quyền xem trang này"),
        lazy_gettext(
            "Tài khoản của bạn không có quyền ở đây. Nếu bạn có tài khoản khác, hãy đăng nhập bằng tài khoản đó."
        ),
    ),
    404: (
        lazy_gettext("Không có trang này"),
        lazy_gettext("Có thể địa chỉ gõ nhầm, hoặc trang đã dời đi. Thử tìm từ trang đầu."),
    ),
    405: (
        lazy_gettext("Trang này không nhận việc ấy"),
        lazy_gettext("Quay lại trang trước và thử lại bằng nút trên trang."),
    ),
    409: (
        lazy_gettext("Nội dung vừa thay đổi"),
        lazy_gettext(
            "Có người đã đổi nội dung này trước bạn. Tải lại trang để xem tình hình mới, rồi làm tiếp nếu vẫn"
            " muốn."
        ),
    ),
    413: (lazy_gettext("Tệp gửi lên lớn quá"), lazy_gettext("Chọn tệp nhỏ hơn rồi gửi lại.")),
    415: (
        lazy_gettext("Loại tệp này chưa nhận được"),
        lazy_gettext("Chọn tệp loại khác rồi gửi lại; chỗ chọn tệp có ghi những loại nhận được."),
    ),
    422: (
        lazy_gettext("Thông tin gửi lên chưa dùng được"),
        lazy_gettext("Quay lại xem các ô đã điền rồi gửi lần nữa."),
    ),
    429: (
        lazy_gettext("Nhanh quá, nghỉ một chút"),
        lazy_gettext("Có quá nhiều lần thử từ chỗ bạn. Đợi một lát rồi thử lại."),
    ),
    500: (
        lazy_gettext("Có lỗi ở phía chúng tôi"),
        lazy_gettext("Không phải lỗi của bạn. Chúng tôi đã ghi lại. Thử lại sau vài phút."),
    ),
    503: (lazy_gettext("Trang đang bận"), lazy_gettext("Đợi một lát rồi tải lại trang.")),
}
"""(title, advice) of the statuses that have an error page."""

STATUSES: Final = tuple(_BY_STATUS)


def shown_status(status: int) -> int:
    """The status whose message stands for another one: 500 for every server error, 400 for everything else."""
    return status if status in _BY_STATUS else 500 if status >= 500 else 400


def title_for_status(status: int) -> str:
    """The title of an error page for which nothing more is known."""
    return str(_BY_STATUS[shown_status(status)][0])


def advice_for_status(status: int) -> str:
    """What to do when nothing more is known than the status."""
    return str(_BY_STATUS[shown_status(status)][1])
