"""Numbers of people are found where they are, and ids, sums and times are left alone."""

import pytest

from kansoku.redact.check import luhn, mod_11_10, mod_97, verhoeff
from kansoku.redact.my_number import checks
from kansoku.redact.redactor import Redactor

BALANCED = Redactor()
STRICT = Redactor(mode="strict")


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("Medicare number 1EG4-TE5-MK73", "NATIONAL_ID", "1EG4-TE5-MK73"),
        ("MBI: 1EG4TE5MK73", "NATIONAL_ID", "1EG4TE5MK73"),
        ("Rentenversicherungsnummer: 12190367K006", "NATIONAL_ID", "12190367K006"),
        ("マイナンバーは123456789018です", "MY_NUMBER", "123456789018"),
        ("個人番号：１２３４－５６７８－９０１８", "MY_NUMBER", "１２３４－５６７８－９０１８"),
        ("氏名,個人番号\n山田,123456789018,2024-01-05", "MY_NUMBER", "123456789018"),
        ("運転免許証番号 301234567890", "DRIVER_LICENSE", "301234567890"),
        ("Driver's license number H3735892, issued", "DRIVER_LICENSE", "H3735892"),
        ("パスポート番号はTR1234567です", "PASSPORT", "TR1234567"),
        ("Passport no. 512345678, valid", "PASSPORT", "512345678"),
        ("普通預金 口座番号1234567", "BANK_ACCOUNT", "1234567"),
        ("楽天銀行 第二営業支店 普 1234567", "BANK_ACCOUNT", "1234567"),
        ('{"message": "\\\\nDL# 302621599 was scanned"}', "DRIVER_LICENSE", "302621599"),
        ("お振込先 3353012（普通）三菱UFJ銀行", "BANK_ACCOUNT", "3353012"),
        ("Singapore ID: S1234567D", "NATIONAL_ID", "S1234567D"),
        ("Singapore ID: T1234567J", "NATIONAL_ID", "T1234567J"),
        ("Singapore ID: G1234567X", "NATIONAL_ID", "G1234567X"),
        ("Driver's Lic. W796-2179-8635", "DRIVER_LICENSE", "W796-2179-8635"),
        ("CDL A5402590", "DRIVER_LICENSE", "A5402590"),
        ("FL DL S000-420-43-426-0", "DRIVER_LICENSE", "S000-420-43-426-0"),
        ("パスポートNo.TZ3899608", "PASSPORT", "TZ3899608"),
        ("被保険者証 番号 84067395", "NATIONAL_ID", "84067395"),
        ("BSB 062-000 account 12345678 (Commonwealth)", "BANK_ACCOUNT", "12345678"),
        ('{"residence_card":"AB12345678CD"}', "NATIONAL_ID", "AB12345678CD"),
        ("当座No.1234567", "BANK_ACCOUNT", "1234567"),
        ("〒150-0002", "POSTAL_CODE", "150-0002"),
        ("150-0002 東京都渋谷区渋谷2-21-1", "POSTAL_CODE", "150-0002"),
        ("SSN 219-09-9999", "US_SSN", "219-09-9999"),
        ('{"ssn":"219099999"}', "SECRET", None),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("Steuer-ID 86095742719", "NATIONAL_ID", "86095742719"),
        ("DNI 12345678Z", "NATIONAL_ID", "12345678Z"),
        ("codice fiscale RSSMRA85T10A562S", "NATIONAL_ID", "RSSMRA85T10A562S"),
        ("CPF 529.982.247-25", "NATIONAL_ID", "529.982.247-25"),
        ("AHV 756.9217.0769.85", "NATIONAL_ID", "756.9217.0769.85"),
        ("NINO AB 12 34 56 C", "NATIONAL_ID", "AB 12 34 56 C"),
        ("基礎年金番号 1234-567890", "NATIONAL_ID", "1234-567890"),
        ("年金手帳の記号番号：1234567890", "NATIONAL_ID", "1234567890"),
        ("雇用保険被保険者番号 1234-567890-1", "NATIONAL_ID", "1234-567890-1"),
        ("国民健康保険 被保険者番号：12345678", "NATIONAL_ID", "12345678"),
        ("住民票コードは12345678901です", "NATIONAL_ID", "12345678901"),
        ("National Insurance number is QQ 12 34 56 C", "NATIONAL_ID", "QQ 12 34 56 C"),
        ("National insurance number: QQ123456C", "NATIONAL_ID", "QQ123456C"),
        ("Ausweis-Nr.: T22000129", "NATIONAL_ID", "T22000129"),
        ("1. 12345678Z\n", "NATIONAL_ID", "12345678Z"),
        ("1.12345678Z", "NATIONAL_ID", "12345678Z"),
        ("tel 1.5e+14155552671", "PHONE", "+14155552671"),
        ("room 12 090-1234-5678", "PHONE", "090-1234-5678"),
        ("TEL.090.1234.5678", "PHONE", "090.1234.5678"),
        ("電話03ー1234ー5678", "PHONE", "03ー1234ー5678"),
        ("自宅0312345678", "PHONE", "0312345678"),
        ("userTel: 612345678", "PHONE", "612345678"),
        ("ring 612345678", "PHONE", "612345678"),
        ("hotline: 612345678", "PHONE", "612345678"),
        ("(+81) 90-1234-5678", "PHONE", "(+81) 90-1234-5678"),
        ("Tel.: 0151 2220838", "PHONE", "0151 2220838"),
        ("au 06.60.96.41.21", "PHONE", "06.60.96.41.21"),
        ("call (415) 555-2671", "PHONE", "(415) 555-2671"),
        ("tel=%2B819012345678", "PHONE", "%2B819012345678"),
        ("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "CREDIT_CARD", "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2"),
        ("taro [at] example [dot] jp", "EMAIL", "taro [at] example [dot] jp"),
        ("mail=taro%40example.jp&x", "EMAIL", "taro%40example.jp"),
        ("taro\\u0040example.jp", "EMAIL", "taro\\u0040example.jp"),
        ("taro\\\\u0040example.jp", "EMAIL", "taro\\\\u0040example.jp"),
        ("taro&#64;example.jp", "EMAIL", "taro&#64;example.jp"),
        ("メールはtaro@example.jpまで", "EMAIL", "taro@example.jp"),
    ],
)
def test_it_is_found(text: str, entity: str, value: str | None) -> None:
    found = [(one.entity, text[one.start : one.end]) for one in BALANCED.find(text)]
    if value is None:
        assert found
        assert "219099999" not in BALANCED.text(text)
    else:
        assert found == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "string: 500000000",
        '"substring": 500000000',
        "hotel 612345678",
        '{"mobile": "", "loyalty_no": "6487646681"}',
        "前日比 +123.45 (0.32%)",
        "1.38435736E-05",
        "年金は月額1234567890、番号は別紙",
        "雇用保険の件数 1234567",
        "雇用保険: 12345678円",
        "雇用保険 20240401",
        "被保険者番号 20240401",
        "保険証番号 12345678 件",
        "online: 500000000",
        "マイナンバー 123456789017",
        "注文番号 123456789018",
        "受付番号 301234567890",
        "法人番号 7000012050002",
        "登録番号 T7000012050002",
        "伝票番号：1234-5678-9012",
        "追跡番号 4242424242424242",
        "order 4242424242424242",
        "JAN 4901234567894",
        "ISBN 978-4-06-519981-7",
        "社員番号は1234567",
        "2024-01-15 10:30:45.123",
        "epoch 1700000000, 1700000000123, 1700000000123456789",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 550e8400-e29b-41d4-a716-446655440000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '{"max_tokens": 4096, "input_tokens": 1200345, "cost_usd": 0.0123456}',
        "v1.2.3-rc.4 10.0.0.1 192.168.100.200",
        "git@github.com:org/repo.git react@18.2.0 icon@2x.png",
        "金額 1234567円 12,345,678",
        "35.6812362,139.7671248",
        "000-00-0000 666-12-3456",
        "12 15 18 21 24 27 30 33 36 39",
        "電話会議の資料 5/0312345678",
        "part S1234567A",
        "MDL A1234567",
        "振込 33-53012（普通）",
        "会員数 3353012（普通）",
        "call part 0312345678/5x",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert BALANCED.find(text) == []


def test_strict_mode_needs_no_word_and_takes_addresses() -> None:
    text = "123456789018 東京都渋谷区渋谷2-21-1 203.0.113.7 2001:db8::1 127.0.0.1"
    told = [(one.entity, text[one.start : one.end]) for one in STRICT.find(text)]
    assert told == [
        ("MY_NUMBER", "123456789018"),
        ("ADDRESS", "東京都渋谷区渋谷2-21-1"),
        ("IP_ADDRESS", "203.0.113.7"),
        ("IP_ADDRESS", "2001:db8::1"),
    ]
    assert BALANCED.find(text) == []


def test_the_checks_know_published_examples_and_refuse_their_neighbours() -> None:
    assert checks("123456789018")
    assert not checks("123456789019")
    assert luhn("49927398716")
    assert not luhn("49927398717")
    assert mod_97("GB82WEST12345698765432")
    assert not mod_97("GB82WEST12345698765433")
    assert verhoeff("2363")
    assert not verhoeff("2364")
    assert mod_11_10("86095742719")
    assert not mod_11_10("86095742718")


@pytest.mark.parametrize("front", ["SSN ", "Social Security: ", "妻のソーシャル（", "ソーシャルは"])
def test_a_social_security_number_with_dots_needs_the_word(front: str) -> None:
    redactor = Redactor(entities=["US_SSN"])
    assert redactor.text(f"{front}482.16.3379") == f"{front}<US_SSN>"
    for kept in ("build 482.16.3379", "ソーシャルメディア 482.16.3379", f"{front}482/16/3379"):
        assert redactor.text(kept) == kept
