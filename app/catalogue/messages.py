"""The messages of refusals in the catalogue, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message
from app.web.filters import number

MESSAGES: Final[dict[str, Message]] = {
    # products and variants
    "unknown-group": lambda _: gettext("Chọn một nhóm sản phẩm."),
    "group-missing": lambda _: gettext("Chọn nhóm sản phẩm trước khi đăng."),
    "name-of-register": lambda _: gettext("Tên và nhóm ghi theo hồ sơ OCOP, không sửa ở đây được."),
    "product-exists": lambda _: gettext("Cơ sở đã có sản phẩm tên này."),
    "alcohol-unsaid": lambda _: gettext("Chọn có hay không: đây có phải đồ uống có cồn?"),
    "alcohol-decided": lambda _: gettext(
        "Cán bộ OCOP đã ghi đây là đồ uống có cồn. Muốn đổi, liên hệ cán bộ của tỉnh."
    ),
    "alcohol-reason": lambda _: gettext("Chọn một căn cứ."),
    "pack-exists": lambda _: gettext("Sản phẩm đã có quy cách này."),
    "too-many-packs": lambda facts: gettext("Mỗi sản phẩm có nhiều nhất %(n)s quy cách.", n=facts["most"]),
    "unknown-unit": lambda _: gettext("Chọn đơn vị trong danh sách."),
    "net-out-of-range": lambda facts: gettext("Khối lượng từ 1 đến %(most)s.", most=number(facts["most"])),
    "variant-retired": lambda _: gettext("Quy cách này đã ngừng bán, không sửa được nữa."),
    # GTINs
    "gtin-empty": lambda _: gettext("Mã GTIN không có chữ số nào. Chưa có mã thì để trống."),
    "gtin-not-digits": lambda _: gettext("Mã GTIN chỉ gồm chữ số."),
    "gtin-length": lambda _: gettext("Mã GTIN có 8, 12, 13 hoặc 14 chữ số. Đếm lại giúp."),
    "gtin-check-digit": lambda _: gettext(
        "Chữ số cuối không khớp, có thể gõ nhầm một số. So lại với bao bì."
    ),
    "gtin-restricted": lambda _: gettext("Dãy số này chỉ dùng nội bộ, không dùng cho hàng bán ra ngoài."),
    "gtin-taken": lambda _: gettext("Mã GTIN này đang dùng cho quy cách khác. Mỗi quy cách một mã riêng."),
    # photographs
    "photo-too-small": lambda facts: gettext(
        "Ảnh nhỏ quá (%(w)s × %(h)s). Mỗi cạnh cần ít nhất %(n)s điểm ảnh.",
        w=facts["width"],
        h=facts["height"],
        n=facts["least"],
    ),
    "photo-too-long": lambda facts: gettext(
        "Ảnh dài quá. Cạnh dài nhiều nhất gấp %(n)s lần cạnh ngắn; cắt bớt rồi gửi lại.", n=facts["most"]
    ),
    "photos-changed": lambda _: gettext("Ảnh của sản phẩm vừa thay đổi. Xem lại đã, có thể ảnh đã tải lên."),
    "too-many-photos": lambda facts: gettext("Mỗi sản phẩm có nhiều nhất %(n)s ảnh.", n=facts["most"]),
    # the register as a file
    "bad-register": lambda facts: gettext(
        "Tệp %(file)s có chỗ chưa đúng: %(faults)s. Chưa có gì được ghi.",
        file=facts["file"],
        faults="; ".join(facts["faults"]),
    ),
}
