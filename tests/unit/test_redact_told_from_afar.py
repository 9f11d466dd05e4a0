"""Numbers that are told from further off: behind their names, in brackets, in rows of SQL, as dictated."""

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "each"),
    [
        (
            (
                "外国人雇用状況届出 CSV\n氏名,国籍,在留カード番号,在留期間満了日\nPHAM VAN DUC,ベトナ"
                "ム,DE38315866DK,20270314\nRAI SUMAN,ネパール,GM90503455LE,20260921"
            ),
            [("NATIONAL_ID", "DE38315866DK"), ("NATIONAL_ID", "GM90503455LE")],
        ),
        (
            "在留カード等番号失効情報照会の結果、ＫＷ５８７５０６５３ＰＤ は",
            [("NATIONAL_ID", "ＫＷ５８７５０６５３ＰＤ")],
        ),
        ("| 氏名 | 在留カード |\n|---|---|\n| A | AB12345678CD |", [("NATIONAL_ID", "AB12345678CD")]),
        ("在留カード ab12345678cd です", [("NATIONAL_ID", "ab12345678cd")]),
        ("AB12345678CDは私の在留カードの番号です", [("NATIONAL_ID", "AB12345678CD")]),
        ("カード番号: AB 12345678 CD（在留カード）", [("NATIONAL_ID", "AB 12345678 CD")]),
        ("op=search key=住民票コード val=48640467471 hit=1", [("NATIONAL_ID", "48640467471")]),
        ("key=マイナンバー value=123456789018", [("MY_NUMBER", "123456789018")]),
        ("年金手帳の表紙に3465-250011と書いてあるのが基礎年金番号です。", [("NATIONAL_ID", "3465-250011")]),
        ("3465-250011と書いてあるのが基礎年金番号です", [("NATIONAL_ID", "3465-250011")]),
        ("3465-250011 が私の基礎年金番号です", [("NATIONAL_ID", "3465-250011")]),
        ("通帳の1234567が口座番号です", [("BANK_ACCOUNT", "1234567")]),
        ("1234567というのが口座番号になります", [("BANK_ACCOUNT", "1234567")]),
        ("残高1234567（口座番号 7654321）", [("BANK_ACCOUNT", "7654321")]),
        ("12345678 is my account number", [("BANK_ACCOUNT", "12345678")]),
        ("D1234567 is my driver's license number", [("DRIVER_LICENSE", "D1234567")]),
        ("1008823 ist meine Kontonummer", [("BANK_ACCOUNT", "1008823")]),
        (
            (
                "口座番号を１桁間違えていました。誤：4402918\u3000正：4402978\u3000銀行は横浜銀行 関"
                "内支店です。"
            ),
            [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")],
        ),
        (
            "口座番号の訂正です。訂正前：4402918、訂正後：4402978",
            [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")],
        ),
        ("ゆうちょ銀行から9014863の口座へ振り込みました", [("BANK_ACCOUNT", "9014863")]),
        ("旅券番号の入力欄にts5389111と小文字で入れたら", [("PASSPORT", "ts5389111")]),
        ("passport tr7599939", [("PASSPORT", "tr7599939")]),
        (
            "The number you typed (TR7599939) doesn't match the passport on file, TK2881124.",
            [("PASSPORT", "TR7599939"), ("PASSPORT", "TK2881124")],
        ),
        ('dmv_lookup(state="TX", license_number="27618075") -> {"status"', [("DRIVER_LICENSE", "27618075")]),
        ('verify_dl(dl_number="D1234567", state="CA")', [("DRIVER_LICENSE", "D1234567")]),
        ("えーと電話番号は090ハイフン3381ハイフン7745です", [("PHONE", "090ハイフン3381ハイフン7745")]),
        (
            "ご連絡先は０８０の２２１４の９９０３でよろしいでしょうか",
            [("PHONE", "０８０の２２１４の９９０３")],
        ),
        ("03の1234の5678です", [("PHONE", "03の1234の5678")]),
        ("0120の444の113", [("PHONE", "0120の444の113")]),
        ("郵便番号は812の0044です", [("POSTAL_CODE", "812の0044")]),
        ("ADR:;;内幸町1-1-1;千代田区;東京都;100-0011;日本", [("POSTAL_CODE", "100-0011")]),
        ("TEL:1\nADR;TYPE=HOME:;;x;y;z;1000011;日本", [("POSTAL_CODE", "1000011")]),
        ("郵便番号(ハイフンなし)：4600008", [("POSTAL_CODE", "4600008")]),
        ("電話番号（自宅・夜間）：0527614482", [("PHONE", "0527614482")]),
        ("Aoba-ku, Sendai, Miyagi 9800021", [("POSTAL_CODE", "9800021")]),
        (
            '{"applicant":{"social_security_number":"644-20-6916","fico":712,"loan_no":"0044-118-2207"}}',
            [("US_SSN", "644-20-6916")],
        ),
        ("社員 tel_no: 0312345678", [("PHONE", "0312345678")]),
        (
            (
                "INSERT INTO customers (name, tel, zip, email) VALUES\n('江口 直樹', '0925518832', '8"
                "12-0044', 'eguchi_n@fukuoka-net.jp'),\n('白石 彩', '09061147729', '810-0001', 'aya.s"
                "hiraishi@docomo.ne.jp');"
            ),
            [
                ("PHONE", "0925518832"),
                ("POSTAL_CODE", "812-0044"),
                ("EMAIL", "eguchi_n@fukuoka-net.jp"),
                ("PHONE", "09061147729"),
                ("POSTAL_CODE", "810-0001"),
                ("EMAIL", "aya.shiraishi@docomo.ne.jp"),
            ],
        ),
        (
            (
                "insert into t (id, account_number, order_no) values (1, '4402918', '4402977'), (2,'9"
                "914021','9914022');"
            ),
            [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "9914021")],
        ),
        (
            "INSERT INTO m (id, 郵便番号, 口座番号) VALUES (17, 8120044, 4402918);",
            [("POSTAL_CODE", "8120044"), ("BANK_ACCOUNT", "4402918")],
        ),
        ("INSERT INTO m (id, zip, amount) VALUES (17, '8120044', 8120044);", [("POSTAL_CODE", "8120044")]),
        (
            (
                "INSERT INTO travellers (name, passport_no, driver_license) VALUES ('A', 'TK1234567',"
                " 'D1234567'), ('B (x)', 'TK1234568', '27618075');"
            ),
            [
                ("PASSPORT", "TK1234567"),
                ("DRIVER_LICENSE", "D1234567"),
                ("PASSPORT", "TK1234568"),
                ("DRIVER_LICENSE", "27618075"),
            ],
        ),
        ("名前\t在留資格\tカード番号\nGURUNG\t技能\tLF24681357TH", [("NATIONAL_ID", "LF24681357TH")]),
        ("|氏名|在留カード番号|\n|---|---|\n|NGUYEN|UH12345678ER|", [("NATIONAL_ID", "UH12345678ER")]),
        ('{"residence_card_no":"UH12345678ER","expiry":"2027-01-01"}', [("NATIONAL_ID", "UH12345678ER")]),
        (
            "在留カードは2枚あります。夫の分がUH12345678ER、妻の分がLF24681357THです。",
            [("NATIONAL_ID", "UH12345678ER"), ("NATIONAL_ID", "LF24681357TH")],
        ),
        ("永住者のカードUH12345678ERを確認", [("NATIONAL_ID", "UH12345678ER")]),
        ("Zairyu card: UH12345678ER", [("NATIONAL_ID", "UH12345678ER")]),
        ("residence card no. uh12345678er", [("NATIONAL_ID", "uh12345678er")]),
        (
            "カード裏面ではなく表の右上、UH12345678ER が在留カードの番号です",
            [("NATIONAL_ID", "UH12345678ER")],
        ),
        ("op=check card=UH12345678ER type=在留", [("NATIONAL_ID", "UH12345678ER")]),
        ("ＵＨ１２３４５６７８ＥＲ（在留カード）", [("NATIONAL_ID", "ＵＨ１２３４５６７８ＥＲ")]),
        ("カードの右上に5501-330012とあるのが基礎年金番号です", [("NATIONAL_ID", "5501-330012")]),
        ("ハガキに印字されている48640467471という数字が住民票コードです", [("NATIONAL_ID", "48640467471")]),
        ("この302512345670が運転免許証番号になります", [("DRIVER_LICENSE", "302512345670")]),
        ("3025 1234 5670と書かれているのが免許証番号です", [("DRIVER_LICENSE", "3025 1234 5670")]),
        ("「4402918」が口座番号です", [("BANK_ACCOUNT", "4402918")]),
        ("4402918（口座番号）へ振込", [("BANK_ACCOUNT", "4402918")]),
        ("封筒にある100-0011というのが郵便番号です", [("POSTAL_CODE", "100-0011")]),
        ("1000011と書いてあるほうが郵便番号です", [("POSTAL_CODE", "1000011")]),
        ("TK2881124 is my passport number", [("PASSPORT", "TK2881124")]),
        ("078051120 is my social security number", [("US_SSN", "078051120")]),
        ("lookup op key=基礎年金番号 val=5501330012 ok", [("NATIONAL_ID", "5501330012")]),
        ("field=口座番号 value=4402918", [("BANK_ACCOUNT", "4402918")]),
        ("項目=免許証番号 値=302512345670", [("DRIVER_LICENSE", "302512345670")]),
        ("旧口座番号 4402918 新口座番号 4402978", [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")]),
        (
            "口座番号を訂正します。誤）4402918→正）4402978",
            [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")],
        ),
        ("口座番号の件、(誤)4402918 (正)4402978", [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")]),
        ("口座は正しくは4402978です", [("BANK_ACCOUNT", "4402978")]),
        (
            "振込先口座が変更になりました。旧：4402918\u3000新：4402978",
            [("BANK_ACCOUNT", "4402918"), ("BANK_ACCOUNT", "4402978")],
        ),
        (
            "電話は、080、ハイフン、1234、ハイフン、5678です",
            [("PHONE", "080、ハイフン、1234、ハイフン、5678")],
        ),
        ("携帯090の1234の5678までお願いします", [("PHONE", "090の1234の5678")]),
        ("06の6345の1234が代表です", [("PHONE", "06の6345の1234")]),
        ("045ハイフン123ハイフン4567", [("PHONE", "045ハイフン123ハイフン4567")]),
        ("〒812の0044", [("POSTAL_CODE", "812の0044")]),
        ("郵便番号、812の0044でお願いします", [("POSTAL_CODE", "812の0044")]),
        ("郵便番号（7桁・半角）：8120044", [("POSTAL_CODE", "8120044")]),
        ("郵便番号（必須） 812-0044", [("POSTAL_CODE", "812-0044")]),
        ("郵便番号【必須】8120044", [("POSTAL_CODE", "8120044")]),
        ("電話番号（日中連絡のつくもの）：0527614482", [("PHONE", "0527614482")]),
        ("口座番号（右詰め）：4402918", [("BANK_ACCOUNT", "4402918")]),
        ("マイナンバー（個人番号）：123456789018", [("MY_NUMBER", "123456789018")]),
        ("Chuo-ku, Fukuoka 8100001 Japan", [("POSTAL_CODE", "8100001")]),
        ("Naka-ku, Nagoya-shi, Aichi 4600008", [("POSTAL_CODE", "4600008")]),
        ("passport: ts5389111", [("PASSPORT", "ts5389111")]),
        ("パスポート ts5389111", [("PASSPORT", "ts5389111")]),
        ("pasaporte ab1234567", [("PASSPORT", "ab1234567")]),
        ("That number (TR7599939) is not on any passport we hold", [("PASSPORT", "TR7599939")]),
        ("ご入力の番号（TR7599939）は旅券と一致しません", [("PASSPORT", "TR7599939")]),
        ('lookup_license(license_no="D1234567", state="CA")', [("DRIVER_LICENSE", "D1234567")]),
        ('{"tool":"dmv.check","args":{"license_number":"27618075"}}', [("DRIVER_LICENSE", "27618075")]),
        ("drivers.verify(license_number='S1234567')", [("DRIVER_LICENSE", "S1234567")]),
        ("SSN 555-12-0098 and 555-12-0041", [("US_SSN", "555-12-0098"), ("US_SSN", "555-12-0041")]),
        ("my ssn changed. Ticket 555-12-0098", [("US_SSN", "555-12-0098")]),
        ("0044-20-7946-0958", [("PHONE", "0044-20-7946-0958")]),
        ("contact_no: 0044-118-2207", [("PHONE", "0044-118-2207")]),
        ("phone_no: 0044-20-7946-0958", [("PHONE", "0044-20-7946-0958")]),
        ("みずほ銀行の4402918の普通口座に入金", [("BANK_ACCOUNT", "4402918")]),
        (
            "contact john dot doe [at] example [dot] com or x",
            [("EMAIL", "john dot doe [at] example [dot] com")],
        ),
        (
            "write to anna dot lena dot roth at example dot org",
            [("EMAIL", "anna dot lena dot roth at example dot org")],
        ),
        ('"o\'neil.k"@eircom.net; team', [("EMAIL", '"o\'neil.k"@eircom.net')]),
        ("appelez-moi au 04 24 49 60 65", [("PHONE", "04 24 49 60 65")]),
        (
            (
                "INSERT INTO members (id, name, mail, tel, zip) VALUES\n (1004, '柏木 悠', 'kashiwagi"
                "_yu@docomo.ne.jp', '09088215540', '980-0811'), -- 仙台市青葉区\n (1005, '野田 光', N"
                "ULL, '0222619437', NULL);"
            ),
            [
                ("EMAIL", "kashiwagi_yu@docomo.ne.jp"),
                ("PHONE", "09088215540"),
                ("POSTAL_CODE", "980-0811"),
                ("PHONE", "0222619437"),
            ],
        ),
        (
            "「電話はゼロキュウゼロの」と言ったあと 090、3317、6042 と書き起こされた。",
            [("PHONE", "090、3317、6042")],
        ),
        (
            "My passport got lost at Haneda. Number was 561904728 (US), issued 2019.",
            [("PASSPORT", "561904728")],
        ),
        ("Notfallkontakt: Mutter, Festnetz 030 / 4417 2093, Bruder", [("PHONE", "030 / 4417 2093")]),
        (
            "ユーザー: 記号は 10180 で\nユーザー: 番号 37462911 です。",
            [("BANK_ACCOUNT", "10180"), ("BANK_ACCOUNT", "37462911")],
        ),
        ("運 転 免 許 証\n番号 第 305120947 632 号", [("DRIVER_LICENSE", "305120947 632")]),
    ],
)
def test_it_is_found(text: str, each: list[tuple[str, str]]) -> None:
    assert [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)] == each


@pytest.mark.parametrize(
    "text",
    [
        "追跡番号 AB12345678CD です",
        "注文番号 1234567 が口座番号の代わりに使えます",
        "passport build ab1234567-x",
        "Your booking number (TR7599939) and more of the things you sent, bring a passport",
        'activate(product="office", license_number="27618075")',
        "2010の1234の5678",
        "Ticket 555-12-0098 was merged into 555-12-0041; both refer to the same outage.",
        "order_no: 03-1234-5678",
        "INSERT INTO logs (ts, request_id, tokens) VALUES (17, '8120044', 8120044);",
        "荷物番号 UH12345678ER は未着です",
        "RR123456789JP を追跡してください",
        "sku UH12345678ER in stock",
        "hash ab12345678cd",
        "4864046747１ってのが住民票コード?",
        "注文 100-0011 が郵便番号欄に入っています",
        "4402918円が口座番号の残高です",
        "受付番号4402918は口座番号ではありません",
        "44 029 18 account number format",
        "078051120 is my ticket number",
        "port 44029185 is the account number column",
        "key=注文番号 val=4402918",
        "key=count val=48640467471",
        "在庫の数は誤：4402918\u3000正：4402978",
        "誤：4402918\u3000正：4402978",
        "0463の21の1234",
        "090の12の34",
        "2000の1234の5678番地",
        "1003の1234の5678",
        "0の0の0",
        "812の0044個",
        "お問い合わせ番号（ハイフンなし）：4600008",
        "Miyagi 9800021 units sold",
        "passport-service v2 ab1234567.js",
        "passport hash ab1234567f",
        "nurse.verify(license_number='27618075', state='TX')",
        'software(license_number="27618075")',
        "Case 555-12-0098 relates to 555-12-0041.",
        "part 555-12-0098 replaces 555-12-0041",
        "policy_no: 0044-118-2207",
        "claim_no=0044-118-2207",
        "りそな銀行に4402918の件数",
        "Powerball Oct 29: 04 24 49 60 65, PB 01",
        "Lottozahlen 04-09-17-30-42",
        'API_KEY = os.getenv("STRIPE_SECRET_KEY_V2")',
        'token = Token.from("session_token_name_v2")',
        "parts 005695-222591-264718-148842-779469-605908-862884-363157",
        "SSID list\nKey features",
        "パスワード変更→設定画面",
        "パスワードを教えて→サポート窓口",
        "My passport got lost. Order number was 561904728",
        "特許 第 305120947 号",
        "080、2025、2026年の3回",
        "許可番号 第302512345670号",
    ],
)
def test_what_only_looks_so_stays(text: str) -> None:
    assert REDACTOR.find(text) == []
