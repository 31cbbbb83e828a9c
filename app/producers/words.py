"""What the refusals of verbs say to a producer. A code without words of its own gets a plain sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask_babel import gettext, ngettext

from app.core.errors import Refusal
from app.geography.geojson import GeometryRefused
from app.orders.models import OrderState
from app.web.filters import number, vn_date, vnd

Facts = dict[str, Any]


def words(refusal: Refusal) -> str:
    """One or two sentences: what is wrong and what to do."""
    book = _GEOMETRY if isinstance(refusal, GeometryRefused) else _WORDS
    said = book.get(refusal.code)
    return said(refusal.facts) if said else str(gettext("Chưa làm được. Xem lại rồi thử lần nữa."))


def _day(text: str) -> str:
    return vn_date(dt.date.fromisoformat(text))


def _outside(facts: Facts) -> str:
    if facts["swapped"]:
        return str(gettext("Hình nằm ngoài Việt Nam vì hai số bị đảo. GeoJSON ghi kinh độ trước, vĩ độ sau."))
    return str(gettext("Hình nằm ngoài lãnh thổ Việt Nam. Xem lại tọa độ."))


def _crossing(facts: Facts) -> str:
    if facts.get("lat") is None:
        return str(gettext("Đường ranh tự cắt. Vẽ lại sao cho các cạnh không chạm nhau."))
    return str(
        gettext(
            "Đường ranh tự cắt gần %(lat)s, %(lon)s. Sửa chỗ đó rồi gửi lại.",
            lat=facts["lat"],
            lon=facts["lon"],
        )
    )


def _order_state(facts: Facts) -> str:
    known: dict[str, str] = {
        OrderState.PLACED: gettext("Đơn mới đặt, chưa làm được bước này."),
        OrderState.CONFIRMED: gettext("Đơn đã được xác nhận rồi."),
        OrderState.SHIPPED: gettext("Đơn đã gửi đi rồi."),
        OrderState.DELIVERED: gettext("Đơn đã giao xong rồi."),
        OrderState.CANCELLED: gettext("Đơn đã hủy rồi."),
    }
    return known[facts["state"]]


def _range_taken(facts: Facts, said: str) -> str:
    return said + " " + str(gettext("Chọn số khác."))


def _roll_larger(facts: Facts) -> str:
    if facts["room"] == 0:
        return str(gettext("Mọi gói của lô đã có tem (%(n)s gói).", n=number(facts["quantity"])))
    return str(
        ngettext("Lô chỉ còn %(num)s gói chưa có tem.", "Lô chỉ còn %(num)s gói chưa có tem.", facts["room"])
    )


def _too_many_stamps(facts: Facts) -> str:
    if facts["room"] == 0:
        return str(gettext("Lô không còn gói nào chưa dán tem. Mở lô mới nếu đóng thêm."))
    return str(
        gettext(
            "Lô chỉ còn %(room)s gói chưa dán tem trong %(quantity)s gói.",
            room=number(facts["room"]),
            quantity=number(facts["quantity"]),
        )
    )


_WORDS: dict[str, Callable[[Facts], str]] = {
    "missing": lambda f: gettext("Cần điền ô này."),
    "too-long": lambda f: gettext("Ngắn lại giúp, nhiều nhất %(n)s chữ.", n=f["most"]),
    "unknown-province": lambda f: gettext("Chọn một tỉnh trong danh sách."),
    "commune-not-in-province": lambda f: gettext("Xã này không thuộc tỉnh đã chọn. Chọn lại xã."),
    # products and packs
    "unknown-group": lambda f: gettext("Chọn một nhóm sản phẩm."),
    "group-missing": lambda f: gettext("Chọn nhóm sản phẩm trước khi đăng."),
    "name-of-register": lambda f: gettext("Tên và nhóm ghi theo hồ sơ OCOP, không sửa ở đây được."),
    "product-exists": lambda f: gettext("Cơ sở đã có sản phẩm tên này."),
    "pack-exists": lambda f: gettext("Sản phẩm đã có quy cách này."),
    "too-many-packs": lambda f: gettext("Mỗi sản phẩm có nhiều nhất %(n)s quy cách.", n=f["most"]),
    "unknown-unit": lambda f: gettext("Chọn đơn vị trong danh sách."),
    "net-out-of-range": lambda f: gettext("Khối lượng từ 1 đến %(most)s.", most=number(f["most"])),
    "price-out-of-range": lambda f: gettext(
        "Giá từ %(least)s đến %(most)s.", least=vnd(f["least"]), most=vnd(f["most"])
    ),
    "gtin-not-digits": lambda f: gettext("Mã GTIN chỉ gồm chữ số."),
    "gtin-length": lambda f: gettext("Mã GTIN có 8, 12, 13 hoặc 14 chữ số. Đếm lại giúp."),
    "gtin-check-digit": lambda f: gettext(
        "Chữ số cuối không khớp, có thể gõ nhầm một số. So lại với bao bì."
    ),
    "gtin-restricted": lambda f: gettext("Dãy số này chỉ dùng nội bộ, không dùng cho hàng bán ra ngoài."),
    "gtin-taken": lambda f: gettext("Mã GTIN này đang dùng cho quy cách khác. Mỗi quy cách một mã riêng."),
    "variant-retired": lambda f: gettext("Quy cách này đã ngừng bán, không sửa được nữa."),
    # photographs and files
    "no-file": lambda f: gettext("Chọn một tệp trước khi gửi."),
    "file-too-large": lambda f: gettext(
        "Tệp quá nặng, nhiều nhất %(n)s MB.", n=number(f["most_kilobytes"] / 1024, 1)
    ),
    "photo-too-large": lambda f: gettext("Ảnh quá nặng, nhiều nhất %(n)s MB.", n=f["most_megabytes"]),
    "not-a-photo": lambda f: gettext("Tệp này không phải ảnh JPEG, PNG hay WebP, hoặc ảnh bị hỏng."),
    "photo-too-small": lambda f: gettext(
        "Ảnh nhỏ quá (%(w)s × %(h)s). Mỗi cạnh cần ít nhất %(n)s điểm ảnh.",
        w=f["width"],
        h=f["height"],
        n=f["least"],
    ),
    "photo-too-many-pixels": lambda f: gettext("Ảnh lớn quá, nhiều nhất %(n)s triệu điểm ảnh.", n=f["most"]),
    "photos-changed": lambda f: gettext("Ảnh của sản phẩm vừa thay đổi. Xem lại đã, có thể ảnh đã tải lên."),
    "too-many-photos": lambda f: gettext("Mỗi sản phẩm có nhiều nhất %(n)s ảnh.", n=f["most"]),
    # areas
    "area-exists": lambda f: gettext("Cơ sở đã có vùng tên này."),
    "area-closed": lambda f: gettext("Vùng này đã ngừng dùng."),
    "hectares-out-of-range": lambda f: gettext(
        "Diện tích phải lớn hơn 0 và không quá %(n)s ha.", n=number(f["most"])
    ),
    # batches and stock
    "batch-code": lambda f: gettext(
        "Mã lô dài nhất %(n)s ký tự: chữ không dấu, số, dấu chấm, gạch.", n=f["most"]
    ),
    "batch-code-taken": lambda f: gettext("Mã lô %(code)s đã dùng rồi. Chọn mã khác.", code=f["given"]),
    "quantity-out-of-range": lambda f: (
        gettext("Số gói từ %(least)s đến %(most)s.", least=number(f["least"]), most=number(f["most"]))
        if "most" in f
        else gettext("Số gói ít nhất là %(least)s.", least=f["least"])
    ),
    "made-too-early": lambda f: gettext(
        "Ngày làm không thể trước %(day)s. Xem lại năm.", day=_day(f["first"])
    ),
    "made-in-future": lambda f: gettext("Ngày làm không thể sau hôm nay (%(day)s).", day=_day(f["today"])),
    "expires-before-made": lambda f: gettext(
        "Hạn dùng không thể trước ngày làm (%(day)s).", day=_day(f["made_on"])
    ),
    "expires-too-late": lambda f: gettext(
        "Hạn dùng nhiều nhất 20 năm, tức đến %(day)s. Xem lại năm.", day=_day(f["latest"])
    ),
    "batch-not-open": lambda f: gettext("Lô đã đóng, không làm thêm được."),
    "movement-kind": lambda f: gettext("Chọn một loại ghi sổ."),
    "more-than-on-hand": lambda f: gettext("Lô chỉ còn %(n)s gói.", n=number(f["on_hand"])),
    "more-than-made": lambda f: gettext(
        "Lô chỉ làm %(n)s gói, không thể còn nhiều hơn.", n=number(f["made"])
    ),
    "stock-changed": lambda f: gettext("Sổ kho vừa có dòng mới. Xem lại, có thể việc này đã ghi rồi."),
    # stamps
    "count-out-of-range": lambda f: gettext("Số tem từ 1 đến %(n)s.", n=number(f["most"])),
    "roll-larger-than-batch": _roll_larger,
    "rolls-changed": lambda f: gettext("Vừa có cuộn tem mới cho cơ sở. Xem lại, có thể cuộn này đã cấp rồi."),
    "batch-of-another-variant": lambda f: gettext("Cuộn tem này không phải của lô ấy."),
    "outside-roll": lambda f: gettext(
        "Số tem phải từ %(least)s đến %(most)s.", least=number(f["least"]), most=number(f["most"])
    ),
    "already-active": lambda f: _range_taken(
        f,
        gettext("Tem %(first)s–%(last)s đã kích hoạt rồi.", first=number(f["first"]), last=number(f["last"])),
    ),
    "not-usable": lambda f: _range_taken(
        f, gettext("Tem %(first)s–%(last)s đã hủy.", first=number(f["first"]), last=number(f["last"]))
    ),
    "already-void": lambda f: _range_taken(
        f, gettext("Tem %(first)s–%(last)s đã hủy rồi.", first=number(f["first"]), last=number(f["last"]))
    ),
    "more-stamps-than-packs": _too_many_stamps,
    "already-undone": lambda f: gettext("Lần kích hoạt này đã được hoàn lại rồi."),
    "undo-window-over": lambda f: gettext(
        "Chỉ hoàn lại được trong %(n)s giờ. Nếu tem hỏng, hãy hủy tem.", n=f["hours"]
    ),
    "reason-length": lambda f: gettext(
        "Ghi lý do, từ %(least)s đến %(most)s chữ.", least=f["least"], most=f["most"]
    ),
    "numbers-used-up": lambda f: gettext("Hệ thống tạm thời không cấp thêm tem được. Báo quản trị giúp."),
    "stamp-unreadable": lambda f: gettext("Ghi số tem, hoặc mã 16 chữ in trên tem."),
    "stamp-not-of-roll": lambda f: gettext("Mã này không phải tem của cuộn này. Xem lại tem."),
    "no-code-in-picture": lambda f: gettext("Không thấy mã trong ảnh. Chụp gần và rõ hơn."),
    "not-a-picture": lambda f: gettext("Tệp này không phải ảnh JPEG, PNG hay WebP."),
    "picture-too-large": lambda f: gettext("Ảnh quá lớn. Chụp lại nhỏ hơn."),
    "too-many-for-one-file": lambda f: gettext(
        "Mỗi tệp in nhiều nhất %(n)s tem. Chia làm nhiều lần.", n=number(f["most"])
    ),
    "key-not-in-ring": lambda f: gettext(
        "Khóa của cuộn tem này không còn, không in được. Báo quản trị giúp."
    ),
    # orders
    "order-state": _order_state,
    # staff
    "already-granted": lambda f: gettext("Người này đã làm ở cơ sở rồi."),
    "bad-address": lambda f: gettext("Địa chỉ thư này chưa đúng, xem lại giúp."),
}

_GEOMETRY: dict[str, Callable[[Facts], str]] = {
    "too-large": lambda f: gettext(
        "Tệp quá lớn, nhiều nhất %(n)s KB. Vẽ lại hình đơn giản hơn.", n=f["most"] // 1024
    ),
    "not-json": lambda f: gettext("Dòng %(n)s không đúng cách viết JSON.", n=f["line"]),
    "not-geojson": lambda f: gettext("Đây không phải GeoJSON."),
    "wrong-type": lambda f: gettext(
        "Chỉ nhận điểm (Point) hoặc vùng (Polygon), không nhận %(t)s.", t=f["found"]
    ),
    "several-features": lambda f: gettext("Tệp có %(n)s hình. Mỗi vùng gửi một hình.", n=f["count"]),
    "empty": lambda f: gettext("Tệp không có hình nào."),
    "not-a-number": lambda f: gettext("Tọa độ “%(t)s” không phải số.", t=f["found"]),
    "not-degrees": lambda f: gettext(
        "Tọa độ %(t)s không phải độ (WGS 84). Nếu là mét VN-2000, hãy đổi sang độ trước.", t=f["found"]
    ),
    "too-many-points": lambda f: gettext("Hình có quá nhiều điểm, nhiều nhất %(n)s.", n=number(f["most"])),
    "too-much-land": lambda f: gettext(
        "Hình rộng %(found)s ha, nhiều nhất %(most)s ha. Vẽ riêng từng vùng.",
        found=number(f["found"]),
        most=number(f["most"]),
    ),
    "no-area": lambda f: gettext("Hình không có diện tích. Cần ít nhất ba điểm không thẳng hàng."),
    "self-crossing": _crossing,
    "outside-vietnam": _outside,
}
