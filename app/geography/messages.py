"""The messages of refusals in geography, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import format_decimal, gettext

from app.core.errors import Facts, Message


def _outside_vietnam(facts: Facts) -> str:
    if facts["swapped"]:
        return str(gettext("Hình nằm ngoài Việt Nam vì hai số bị đảo. GeoJSON ghi kinh độ trước, vĩ độ sau."))
    return str(gettext("Hình nằm ngoài lãnh thổ Việt Nam. Xem lại tọa độ."))


def _spot_outside_vietnam(facts: Facts) -> str:
    if facts["swapped"]:
        return str(gettext("Hai số bị đảo. Ghi vĩ độ trước, kinh độ sau, như 21.622185, 104.600491."))
    return str(gettext("Vị trí này nằm ngoài lãnh thổ Việt Nam. Ghi vĩ độ trước, kinh độ sau."))


def _self_crossing(facts: Facts) -> str:
    if facts["lat"] is None:
        return str(gettext("Đường ranh tự cắt. Vẽ lại sao cho các cạnh không chạm nhau."))
    return str(
        gettext(
            "Đường ranh tự cắt gần %(lat)s, %(lon)s. Sửa chỗ đó rồi gửi lại.",
            lat=facts["lat"],
            lon=facts["lon"],
        )
    )


MESSAGES: Final[dict[str, Message]] = {
    "unknown-province": lambda _: gettext("Chọn một tỉnh trong danh sách."),
    "commune-not-in-province": lambda _: gettext("Xã này không thuộc tỉnh đã chọn. Chọn lại xã."),
    "bad-row": lambda facts: gettext(
        "Tệp %(file)s, dòng %(line)s, cột %(column)s chưa đúng.",
        file=facts["file"],
        line=facts["line"],
        column=facts["column"],
    ),
    # drawings
    "drawing-too-large": lambda facts: gettext(
        "Tệp quá lớn, nhiều nhất %(n)s KB. Vẽ lại hình đơn giản hơn.", n=facts["most"] // 1024
    ),
    "not-json": lambda facts: gettext("Dòng %(n)s không đúng cách viết JSON.", n=facts["line"]),
    "not-geojson": lambda _: gettext("Đây không phải GeoJSON."),
    "wrong-type": lambda facts: gettext(
        "Chỉ nhận điểm (Point) hoặc vùng (Polygon), không nhận %(t)s.", t=facts["found"]
    ),
    "not-only-plots": lambda facts: gettext(
        "Tệp có %(n)s hình, trong đó có điểm. Gửi một điểm thôi, hoặc chỉ gửi các thửa.", n=facts["count"]
    ),
    "not-utf8": lambda _: gettext("Không đọc được chữ trong tệp. Lưu lại tệp bằng mã UTF-8 rồi gửi lần nữa."),
    "empty": lambda _: gettext("Tệp không có hình nào."),
    "not-a-number": lambda facts: gettext("Tọa độ “%(t)s” không phải số.", t=facts["found"]),
    "not-degrees": lambda facts: gettext(
        "Tọa độ %(t)s không phải độ (WGS 84). Nếu là mét VN-2000, hãy đổi sang độ trước.", t=facts["found"]
    ),
    "too-many-points": lambda facts: gettext(
        "Hình có quá nhiều điểm, nhiều nhất %(n)s.", n=format_decimal(facts["most"])
    ),
    "too-much-land": lambda facts: gettext(
        "Hình rộng %(found)s ha, nhiều nhất %(most)s ha. Vẽ riêng từng vùng.",
        found=format_decimal(facts["found"]),
        most=format_decimal(facts["most"]),
    ),
    "no-area": lambda _: gettext("Hình không có diện tích. Cần ít nhất ba điểm không thẳng hàng."),
    "self-crossing": _self_crossing,
    "plots-overlap": lambda facts: gettext(
        "Hai thửa chồng lên nhau gần %(lat)s, %(lon)s. Sửa ranh chỗ đó rồi gửi lại.",
        lat=facts["lat"],
        lon=facts["lon"],
    ),
    "outside-vietnam": _outside_vietnam,
    # places as people type them
    "not-a-place": lambda _: gettext(
        "Chưa đọc được vị trí. Ghi vĩ độ rồi kinh độ, như 21.622185, 104.600491, hoặc dán GeoJSON."
    ),
    "spot-outside-vietnam": _spot_outside_vietnam,
    "map-link-without-place": lambda _: gettext(
        "Đường dẫn này không ghi tọa độ. Mở bản đồ, chạm giữ đúng chỗ rồi chép hai con số."
    ),
}
