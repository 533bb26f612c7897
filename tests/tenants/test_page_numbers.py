"""Numbers that people type, in the four languages of the pages."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from tenants.models import Tenant, User
from tenants.pages.numbers import TypedDecimalField, TypedIntegerField, read_number, write_number
from tests.support.people import pages_for

WITH_POINT, WITH_COMMA = ("en", "ar"), ("fr", "es")


@pytest.mark.parametrize("language", WITH_COMMA)
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2,50", "2.50"),
        ("0,15", "0.15"),
        ("1,250", "1.250"),
        ("1 234,5", "1234.5"),
        ("1\u202f234\u202f567,89", "1234567.89"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("2500", "2500"),
        (" -3,5 ", "-3.5"),
    ],
)
def test_a_comma_is_a_decimal_comma_on_french_and_spanish_pages(language: str, typed: str, read: str) -> None:
    with override(language):
        assert read_number(typed) == Decimal(read)


@pytest.mark.parametrize("language", WITH_POINT)
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2.50", "2.50"),
        ("0.15", "0.15"),
        ("1.250", "1.250"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1 234.5", "1234.5"),
        ("٢٫٥٠", "2.50"),
        ("٢.٥", "2.5"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("۱۲", "12"),
        ("\u200f12\u200e", "12"),
        ("1'234.5", "1234.5"),
    ],
)
def test_a_point_is_a_decimal_point_on_english_and_arabic_pages(language: str, typed: str, read: str) -> None:
    with override(language):
        assert read_number(typed) == Decimal(read)


@pytest.mark.parametrize(
    ("language", "typed"),
    [("en", "1,250"), ("ar", "12,345"), ("fr", "1.250"), ("es", "2.500"), ("es", "123.456"), ("en", "٢,٥٠٠")],
)
def test_what_can_be_read_in_two_ways_is_refused(language: str, typed: str) -> None:
    with override(language), pytest.raises(ValidationError) as refused:
        read_number(typed)
    assert refused.value.code == "ambiguous"


def test_a_refusal_says_both_ways_to_write_the_number() -> None:
    with override("en"), pytest.raises(ValidationError, match=r"“1,250” can be read in two ways\. Write 1250 or 1\.25"):
        read_number("1,250")
    with override("fr"), pytest.raises(ValidationError, match=r"1250 .* 1,25"):
        read_number("1.250")


@pytest.mark.parametrize("language", [*WITH_POINT, *WITH_COMMA])
@pytest.mark.parametrize(
    "typed", ["1,2,3", "1.2.3", "12,34,567", "1 2", "", "-", ".", ",", "1e5", "nan", "inf", "0x1", "5²", "½"]
)
def test_what_is_no_number_is_refused(language: str, typed: str) -> None:
    with override(language), pytest.raises(ValidationError) as refused:
        read_number(typed)
    assert refused.value.code == "invalid"


@pytest.mark.parametrize(
    ("language", "typed", "example"), [("en", "2,50", "1234.50"), ("ar", "0,15", "1234.50"), ("fr", "2.5", "1234,50")]
)
def test_another_languages_decimals_are_refused_with_an_example(language: str, typed: str, example: str) -> None:
    with override(language), pytest.raises(ValidationError) as refused:
        read_number(typed)
    assert example in str(refused.value)


@given(
    st.sampled_from([*WITH_POINT, *WITH_COMMA]),
    st.decimals(min_value=-(10**9), max_value=10**9, places=6),
    st.booleans(),
)
def test_a_number_written_by_the_pages_is_read_as_it_was(language: str, number: Decimal, is_grouped: bool) -> None:
    with override(language):
        assert read_number(number_format(number, use_l10n=True, force_grouping=is_grouped)) == number


@given(st.text(alphabet="0123456789.,' ٫٬٢-", max_size=12), st.sampled_from([*WITH_POINT, *WITH_COMMA]))
def test_no_digit_is_ever_dropped(typed: str, language: str) -> None:
    with override(language):
        try:
            number = read_number(typed)
        except ValidationError:
            return
    digits = [str(int(character)) for character in typed if character.isdecimal()]
    assert "".join(digits).strip("0") == "".join(filter(str.isdigit, f"{number:f}")).strip("0")


@pytest.mark.parametrize(
    ("number", "places", "written"),
    [
        (Decimal("2.0592"), 2, "2.06"),
        (Decimal("2.055"), 2, "2.06"),
        (Decimal("2.045"), 2, "2.04"),
        (2.675, 2, "2.68"),
        (Decimal("-0.001"), 2, "0.00"),
        (Decimal("999.995"), 2, "1,000.00"),
        (Decimal("-1234.5678"), 2, "-1,234.57"),
        (1e-7, 4, "0.0000"),
        (33.349, 1, "33.3"),
        (33.36, 1, "33.4"),
    ],
)
def test_a_number_is_rounded_half_to_even_and_not_cut(number: Decimal | float, places: int, written: str) -> None:
    with override("en"):
        assert write_number(number, places=places) == written


def test_fields_show_a_number_as_they_read_it() -> None:
    with override("fr"):
        field = TypedDecimalField(max_digits=14, decimal_places=6)
        widget: Any = field.widget
        shown = widget.format_value(Decimal("1234.500000"))
        assert (shown, field.clean(shown)) == ("1234,500000", Decimal("1234.5"))


def test_a_whole_number_takes_no_decimals() -> None:
    with override("en"):
        assert TypedIntegerField().clean("1 200") == 1200
        for typed in ("2.5", "1,200", "1.000.000"):
            with pytest.raises(ValidationError):
                TypedIntegerField().clean(typed)
    with override("es"), pytest.raises(ValidationError, match="1000"):
        TypedIntegerField().clean("1.000")


def test_no_page_has_a_browsers_number_field(tenant: Tenant, other_tenant: Tenant, platform_admin: User) -> None:
    """A browser reads it by its own language, and drops a comma without a word."""
    pages = pages_for(platform_admin)
    pages.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    typed = 0
    for screen in admin.site._registry.values():
        address = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_add")
        page = pages.get(address)
        if page.status_code == 200:
            assert 'type="number"' not in page.content.decode(), address
            typed += page.content.decode().count('inputmode="decimal"')
    assert typed >= 5
