"""Labels of what provinces measure and publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import lazy_gettext

from app.targets.figures import Figure
from app.web.filters import number
from app.web.language import gettext

_RELATIONS: Mapping[str, Callable[[str], str]] = {
    ">=": lambda n: gettext("ít nhất %(n)s", n=n),
    ">": lambda n: gettext("hơn %(n)s", n=n),
    "~": lambda n: gettext("khoảng %(n)s", n=n),
}
_BEFORE = "before "
"""How a source's value says that a thing was due before a day."""

MEASURES = {
    "staff_trained_target": lazy_gettext("Cán bộ huyện, xã được tập huấn"),
    "entities_trained_target_pct": lazy_gettext("Chủ thể được tập huấn"),
    "products_promoted_online_target_pct": lazy_gettext("Sản phẩm được quảng bá trên mạng"),
    "min_3star_products_per_new_rural_commune": lazy_gettext("Sản phẩm từ 3 sao ở mỗi xã nông thôn mới"),
    "new_products_target": lazy_gettext("Sản phẩm mới được công nhận trong năm"),
    "certified_3star_up_total_target": lazy_gettext("Sản phẩm từ 3 sao"),
    "five_star_target": lazy_gettext("Sản phẩm 5 sao"),
    "ocop_cycle_steps": lazy_gettext("Số bước của chu trình OCOP"),
    "yen_thanh_bamboo_export_share": lazy_gettext("Phần măng xuất khẩu của Công ty cổ phần Yên Thành"),
    "yen_thanh_3star_products": lazy_gettext("Sản phẩm 3 sao của Công ty cổ phần Yên Thành"),
    "products_total": lazy_gettext("Sản phẩm đã công nhận"),
    "products_potential_5star": lazy_gettext("Sản phẩm tiềm năng 5 sao"),
    "products_5star": lazy_gettext("Sản phẩm 5 sao"),
    "products_4star": lazy_gettext("Sản phẩm 4 sao"),
    "products_3star": lazy_gettext("Sản phẩm 3 sao"),
    "entities_total": lazy_gettext("Chủ thể"),
    "entities_company": lazy_gettext("Chủ thể là công ty"),
    "entities_private_enterprise": lazy_gettext("Chủ thể là doanh nghiệp"),
    "entities_cooperative": lazy_gettext("Chủ thể là hợp tác xã"),
    "entities_cooperative_group": lazy_gettext("Chủ thể là tổ hợp tác"),
    "entities_household_business": lazy_gettext("Chủ thể là hộ kinh doanh"),
    "plan_decision": lazy_gettext("Quyết định ban hành kế hoạch"),
    "target_products_3star_up": lazy_gettext("Sản phẩm từ 3 sao"),
    "target_products_upgraded_pct": lazy_gettext("Sản phẩm được củng cố, nâng hạng"),
    "target_entities_cooperative_pct": lazy_gettext("Chủ thể là hợp tác xã"),
    "target_entities_enterprise_company_household_pct": lazy_gettext("Chủ thể là công ty, doanh nghiệp, hộ"),
    "target_entities_green_value_chain_pct": lazy_gettext("Chủ thể có chuỗi giá trị xanh"),
    "target_craft_villages_with_ocop_pct": lazy_gettext("Làng nghề có sản phẩm OCOP"),
    "target_entities_modern_channels_pct": lazy_gettext("Chủ thể vào kênh bán hiện đại"),
    "target_showroom": lazy_gettext("Điểm giới thiệu và bán sản phẩm"),
    "target_community_tourism_projects": lazy_gettext("Dự án du lịch cộng đồng"),
    "target_brand_support_products": lazy_gettext("Sản phẩm được hỗ trợ thương hiệu"),
    "target_trademark_support_products": lazy_gettext("Sản phẩm được hỗ trợ nhãn hiệu"),
    "product_groups_run": lazy_gettext("Nhóm sản phẩm triển khai"),
    "products_registered_for_standardisation": lazy_gettext("Sản phẩm đăng ký chuẩn hóa"),
    "scoring_deadline": lazy_gettext("Hạn chấm điểm"),
    "programme_start_province": lazy_gettext("Tỉnh bắt đầu chương trình"),
    "programme_start_national": lazy_gettext("Cả nước bắt đầu chương trình"),
    "products_approved_to_join": lazy_gettext("Sản phẩm được duyệt tham gia"),
    "products_in_programme_total": lazy_gettext("Sản phẩm trong chương trình"),
    "products_food": lazy_gettext("Sản phẩm thực phẩm"),
    "products_beverage": lazy_gettext("Sản phẩm đồ uống"),
    "products_herbal": lazy_gettext("Sản phẩm thảo dược"),
    "products_handicraft": lazy_gettext("Sản phẩm thủ công mỹ nghệ"),
    "products_service": lazy_gettext("Sản phẩm dịch vụ"),
    "products_certified_3_to_5star": lazy_gettext("Sản phẩm từ 3 đến 5 sao"),
    "ocop_mark_granted_to_3star_up_pct": lazy_gettext("Sản phẩm từ 3 sao được dùng nhãn OCOP"),
    "products_with_etag_or_barcode_pct": lazy_gettext("Sản phẩm có tem điện tử hay mã vạch"),
    "products_valid_3_to_5star": lazy_gettext("Sản phẩm từ 3 đến 5 sao còn hiệu lực"),
    "expected_additional_5star": lazy_gettext("Sản phẩm 5 sao chờ thêm"),
    "entity_training_turns": lazy_gettext("Lượt chủ thể được tập huấn"),
    "cooperatives_supported_equipment": lazy_gettext("Hợp tác xã được hỗ trợ máy móc"),
    "ocop_products_at_sales_points": lazy_gettext("Sản phẩm ở điểm bán OCOP"),
    "products_services_on_ecommerce": lazy_gettext("Sản phẩm, dịch vụ trên sàn điện tử"),
    "organisations_on_ecommerce": lazy_gettext("Đơn vị trên sàn điện tử"),
    "target_5star_pct_of_products": lazy_gettext("Phần sản phẩm đạt 5 sao"),
}


def measure_label(measure: str) -> str:
    """What a published figure measures; one without a label has its source's name."""
    return str(MEASURES.get(measure, measure))


def figure_title(figure: Figure) -> str:
    """The same, said to be a target where it is one."""
    label = measure_label(figure.measure)
    return gettext("Mục tiêu: %(what)s", what=label) if figure.is_target else label


def figure_value(figure: Figure) -> str:
    """A published figure as people say it; what is no number stays as its source has it."""
    return f"{_bare_value(figure)} %" if figure.percent else _bare_value(figure)


def _bare_value(figure: Figure) -> str:
    if figure.value is not None and figure.relation in _RELATIONS:
        return _RELATIONS[figure.relation](number(figure.value))
    if figure.measure.startswith("programme_start"):
        return figure.value_text
    if figure.value is not None:
        return number(figure.value)
    if figure.value_text.startswith(_BEFORE):
        return gettext("trước %(day)s", day=figure.value_text.removeprefix(_BEFORE))
    return figure.value_text
