"""Which digits are a bank account's: what Japan, the United States, Britain and Germany call one."""

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor(entities=["BANK_ACCOUNT"])


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("口座番号は8187256で合ってますか", "口座番号は<BANK_ACCOUNT>で合ってますか"),
        ("口座番号(7桁)：1234567", "口座番号(7桁)：<BANK_ACCOUNT>"),
        ("楽天銀行本店営業部普通7913167へ", "楽天銀行本店営業部普通<BANK_ACCOUNT>へ"),
        ("みずほ銀行/第一営業支店/普通/3944951/ｷﾑﾗ", "みずほ銀行/第一営業支店/普通/<BANK_ACCOUNT>/ｷﾑﾗ"),
        ("当座No.5787153より引落不能", "当座No.<BANK_ACCOUNT>より引落不能"),
        ("貯蓄預金 1234567", "貯蓄預金 <BANK_ACCOUNT>"),
        ("（普）1234567", "（普）<BANK_ACCOUNT>"),
        ("口座番号　０４６０００６　（千葉銀行）", "口座番号　<BANK_ACCOUNT>　（千葉銀行）"),
        ("口座番号 4 8 9 8 7 2 7 （7桁）", "口座番号 <BANK_ACCOUNT> （7桁）"),
        (
            "預金種目：当座\n口座番号：6795026\n名義：カ）サイトウ",
            "預金種目：当座\n口座番号：<BANK_ACCOUNT>\n名義：カ）サイトウ",
        ),
        ("ゆうちょ銀行　番号：37727891　名義", "ゆうちょ銀行　番号：<BANK_ACCOUNT>　名義"),
        ("ゆうちょ 記号番号 12345-12345671", "ゆうちょ 記号番号 <BANK_ACCOUNT>"),
        ("記号番号：10120-1-12345671", "記号番号：<BANK_ACCOUNT>"),
        ("ゆうちょ銀行 記号14440 番号12345671", "ゆうちょ銀行 記号<BANK_ACCOUNT> 番号<BANK_ACCOUNT>"),
        ("ゆうちょ銀行 記号24440 番号12345671", "ゆうちょ銀行 記号24440 番号<BANK_ACCOUNT>"),
        ("記号：１２３４０\n番号：1234567", "記号：<BANK_ACCOUNT>\n番号：<BANK_ACCOUNT>"),
        ("ｺｳｻﾞﾊﾞﾝｺﾞｳ:5422803", "ｺｳｻﾞﾊﾞﾝｺﾞｳ:<BANK_ACCOUNT>"),
        ("社員番号,口座番号\n7352420,1234567", "社員番号,口座番号\n7352420,<BANK_ACCOUNT>"),
        (
            "ABA/Routing # 021000021, Acct # 230266341168",
            "ABA/Routing # 021000021, Acct # <BANK_ACCOUNT>",
        ),
        ("Routing: 021000021 Account: 1234567890", "Routing: 021000021 Account: <BANK_ACCOUNT>"),
        ("Please wire it to account 451160746, routing", "Please wire it to account <BANK_ACCOUNT>, routing"),
        ("sort code 92-37-74, account no. 33393463", "sort code 92-37-74, account no. <BANK_ACCOUNT>"),
        ("Kontonummer: 1234567 BLZ 50010517", "Kontonummer: <BANK_ACCOUNT> BLZ 50010517"),
        ("Kto.-Nr. 1234567890", "Kto.-Nr. <BANK_ACCOUNT>"),
        ('{"accountNumber": "12345678"}', '{"accountNumber": "<BANK_ACCOUNT>"}'),
    ],
)
def test_an_account_goes_where_words_tell_it(text: str, redacted: str) -> None:
    assert REDACTOR.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "1234567",
        "普通1234567円です",
        "普通の人は 1234567 回",
        "口座番号の変更、受付番号 1234567",
        "当座貸越 伝票番号1234567",
        "routing number 021000021",
        "AWS account number: 412985016165",
        "account id 123456789012",
        "account 1234567",
        "Account number 20240115",
        "国民健康保険 記号 12 番号 1234567",
        "部品番号3989790、図面番号456-9051",
        "金融機関コード1045、振込依頼人番号7717802373",
        "account_number=1.234567",
        "記号14440の説明",
        "記号の一覧\n注文番号1234567",
        "記号 24440 型式 12345671",
    ],
)
def test_other_numbers_and_amounts_stay(text: str) -> None:
    assert REDACTOR.text(text) == text
