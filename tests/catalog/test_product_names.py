"""What products are called outside: each by a name of its own, the same whichever others go along."""

import pytest

from catalog.product_names import Known, Own, ProductNames, gtin14, is_asin, is_gtin


@pytest.mark.parametrize(
    "text", ["4006381333931", "96385074", "036000291452", "00012345600012", "9783161484100", "4 006381 333931"]
)
def test_gtins_are_told_by_their_length_and_check_digit(text: str) -> None:
    digits = text.replace(" ", "")
    assert is_gtin(digits)
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert not is_gtin(wrong)
    assert not is_gtin(digits[1:]) or len(digits) == 14
    assert not is_gtin(f" {digits}")


@pytest.mark.parametrize("text", ["", "4.00638E+12", "123", "４００６３８１３３３９３１"])
def test_what_is_no_gtin(text: str) -> None:
    assert not is_gtin(text)


def test_asins_are_ten_capital_letters_and_digits() -> None:
    assert is_asin("B00TEST123") and is_asin("3161484100")
    assert not any(map(is_asin, ("b00test123", "B00TEST12", "B00TEST1234", "B00-TEST12")))


def test_a_word_is_the_skus_slug_unless_another_sku_makes_the_same() -> None:
    names = ProductNames([Known("AB-1"), Known("AB.1"), Known("MUG-7"), Known("中国"), Known("日本")])
    assert names.word("MUG-7") == "mug-7"
    made = {sku: names.word(sku) for sku in ("AB-1", "AB.1", "中国", "日本")}
    assert len(set(made.values())) == 4
    assert made["AB-1"].startswith("ab-1-") and made["中国"].startswith("sku-")
    alone = ProductNames([Known("AB-1")])
    assert alone.word("AB-1") == "ab-1"
    assert alone.word("AB.1") != "ab-1", "a photo of a deleted product, whose SKU is no longer known"


def test_letters_are_marked_likewise_without_hyphens() -> None:
    names = ProductNames([Known("AB-1"), Known("ab1"), Known("C-2"), Known("ÄÖ")])
    assert names.letters("C-2") == "C2"
    assert len({names.letters(sku) for sku in ("AB-1", "ab1")}) == 2
    assert names.letters("AB-1").isalnum() and names.letters("ÄÖ").startswith("sku")


def test_an_identifier_is_its_own_if_it_is_one_and_nobody_elses() -> None:
    one = Known("A", asin="B00TEST123", gtin="4006381333931")
    twin, other = Known("B", asin="B00TEST123", gtin="96385074"), Known("C", asin="B00TEST999", gtin="4.00638E+12")
    names = ProductNames([one, twin, other])
    assert names.own(one) == Own("", "4006381333931", asin_doubts=("its ASIN B00TEST123 is that of B, too",))
    assert names.own(twin) == Own("", "96385074", asin_doubts=("its ASIN B00TEST123 is that of A, too",))
    assert names.own(other) == Own("B00TEST999", "", gtin_doubts=("its GTIN 4.00638E+12 is none",))
    assert names.own(Known("D")) == Own("", "")


def test_a_gtin_is_one_with_and_without_zeros_before_it() -> None:
    short, long = Known("A", gtin="036000291452"), Known("B", gtin="00036000291452")
    assert gtin14(short.gtin) == gtin14(long.gtin) == "00036000291452"
    assert gtin14("123") == "123" and gtin14("") == ""
    names = ProductNames([short, long])
    assert names.own(short).gtin_doubts == ("its GTIN 036000291452 is that of B, too",)
    assert not names.own(long).gtin


def test_a_handle_is_given_or_made_of_the_title_and_of_the_sku_where_titles_repeat() -> None:
    chair, twin = Known("PRD-7", "Armchair"), Known("PRD-28", "Armchair")
    names = ProductNames([chair, twin, Known("X", "Stool"), Known("Y", "", handle="stool"), Known("中国", "东西")])
    assert [names.handle(one) for one in (chair, twin)] == ["armchair-prd-7", "armchair-prd-28"]
    assert names.handle(Known("X", "Stool")) == "stool-x", "another product has that handle"
    assert names.handle(Known("Y", "", handle="stool")) == "stool"
    assert names.handle(Known("Z", "Table")) == "table"
    assert names.handle(Known("Q")) == "q"
    assert names.handle(Known("中国", "东西")).startswith("sku-")
