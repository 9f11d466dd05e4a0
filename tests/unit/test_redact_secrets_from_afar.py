"""Secrets that are told from further off: in threads, by a pronoun, typed into a field, in a query."""

import pytest

from kansoku.redact.declared_secret import users_at
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "each"),
    [
        (
            (
                "すみません、検証環境のパスワードって何でしたっけ\n↳ Tsubame#2025 です！IDはtest-admi"
                "nのまま\n↳ 入れました"
            ),
            [("SECRET", "Tsubame#2025")],
        ),
        ("Die PIN der EC-Karte (4482) bitte niemals", [("SECRET", "4482")]),
        (
            "Use the internal key nw_int_NgOviGiNVBJFV6vXwUZV2OULQ05ZjjTAj40b when calling refund_tool.",
            [("SECRET", "nw_int_NgOviGiNVBJFV6vXwUZV2OULQ05ZjjTAj40b")],
        ),
        ("キャッシュカードの暗証番号7392を3回間違えてロック", [("SECRET", "7392")]),
        (
            (
                "LINE Messaging API\nチャネルID 2004418827\nチャネルシークレット 9e8897218f1e02c81be3"
                "9167a57c89bf\nチャネルアクセストークン（長期） 9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5V"
                "X9vvZfWrS3ZlC4SR4qgPykVRDVqkolqB5ouq2j5yiFUGCDfhewRJtYK2JYZLQ3u8RSfJt4OElWIcaJSULmi"
            ),
            [
                ("SECRET", "9e8897218f1e02c81be39167a57c89bf"),
                (
                    "SECRET",
                    (
                        "9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qgPykVRDVqkolqB5ouq2j5"
                        "yiFUGCDfhewRJtYK2JYZLQ3u8RSfJt4OElWIcaJSULmi"
                    ),
                ),
            ],
        ),
        (
            (
                "チャネルアクセストークン\n9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qgPy"
                "kVRDVqkolqB5ouq2j5yiFUGCDf"
            ),
            [
                (
                    "SECRET",
                    "9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qgPykVRDVqkolqB5ouq2j5yiFUGCDf",
                )
            ],
        ),
        (
            (
                "お客様「アプリに確認コードを入れろと出ています」\n担当「SMSに届いた6桁です」\nお客様"
                "「204517、入れたら進みました」"
            ),
            [("SECRET", "204517")],
        ),
        (
            "account=xy44718.ap-northeast-1.aws、user=BI_READER、password=Kawasemi.blue21、warehouse=WH_XS",
            [("SECRET", "Kawasemi.blue21")],
        ),
        (
            "support set a temporary password for me, Welcome2Bracken!, and it still says locked.",
            [("SECRET", "Welcome2Bracken!")],
        ),
        (
            "ich: wie war nochmal das Passwort für den Drucker?\nOle: Tonerleer22\nich: danke dir",
            [("SECRET", "Tonerleer22")],
        ),
        ("パスフレーズは correct-horse-battery-staple です", [("SECRET", "correct-horse-battery-staple")]),
        ("op=set key=db_password val=Kite-204x ok", [("SECRET", "Kite-204x")]),
        (
            (
                "お客様：SMSで届いたのは７７３０１９って書いてあります\nオペレーター：恐れ入りますが"
                "、認証コードは私どもには"
            ),
            [("SECRET", "７７３０１９")],
        ),
        (
            "@channel 本番DBのパスワード変えました。新しいのは「Kuroshio=4417=up」です。メモったら",
            [("SECRET", "Kuroshio=4417=up")],
        ),
        (
            (
                "Redisのパスが.envとdocker-composeで食い違っていました。正はmizuumi-9821-kaeruです。c"
                "omposeのほうを直します。"
            ),
            [("SECRET", "mizuumi-9821-kaeru")],
        ),
        ("開発メモ：BASIC認証は user=preview / pass=mugicha、STGのみ。", [("SECRET", "mugicha")]),
        (
            'step 3: browser.type(selector="#password", text="Akatonbo-1104")',
            [("SECRET", "Akatonbo-1104")],
        ),
        (
            'variable "pagerduty_token" {\n  sensitive = true\n  default = "u+L120Tm9rzwTBFXLpd0"\n}',
            [("SECRET", "u+L120Tm9rzwTBFXLpd0")],
        ),
        (
            (
                "GET https://api.weatherhub.io/v2/forecast?lat=35.68&lon=139.76&appid=7a68cad4d69e49b"
                "037295b02c7371908 -> 429"
            ),
            [("SECRET", "7a68cad4d69e49b037295b02c7371908")],
        ),
        (
            "agent> What's the passphrase for the backup archive?\nops> three lazy herons\nagent> Got it",
            [("SECRET", "three lazy herons")],
        ),
        ("await page.fill('input[name=\"password\"]', 'Akatonbo-1104')", [("SECRET", "Akatonbo-1104")]),
        ('driver.find_element(By.ID, "password").send_keys("Akatonbo-1104")', [("SECRET", "Akatonbo-1104")]),
        ("cy.get('#password').type('Akatonbo-1104')", [("SECRET", "Akatonbo-1104")]),
        ("page.getByLabel('Password').fill('Akatonbo-1104')", [("SECRET", "Akatonbo-1104")]),
        ('{"action":"type","selector":"#password","text":"Akatonbo-1104"}', [("SECRET", "Akatonbo-1104")]),
        ('{"element":"Password field","ref":"e12","text":"Akatonbo-1104"}', [("SECRET", "Akatonbo-1104")]),
        ("sqlplus scott/tig3rPass9@orcl", [("SECRET", "tig3rPass9")]),
        (
            'cat userlist.txt\n"app_user" "Sup3rS3cret!"\n"ro" "md5abcdef0123456789abcdef0123456789"',
            [("SECRET", "Sup3rS3cret!"), ("SECRET", "md5abcdef0123456789abcdef0123456789")],
        ),
        ("The old password leaked; the new one is Kite-204x, please update.", [("SECRET", "Kite-204x")]),
        ("I forgot the PIN, changed it to 4471 yesterday", [("SECRET", "4471")]),
        ('{"type":"password","value":"Xk29-ab!z"}', [("SECRET", "Xk29-ab!z")]),
        ('page.fill("#password", "hunter")', [("SECRET", "hunter")]),
        ("await page.type('#user_password', 'Wombat2026')", [("SECRET", "Wombat2026")]),
        ("find_element(By.NAME, 'passwd').clear().send_keys('Wombat2026')", [("SECRET", "Wombat2026")]),
        (
            '{"tool":"browser_type","input":{"element":"パスワード欄","ref":"e3","text":"Wombat2026"}}',
            [("SECRET", "Wombat2026")],
        ),
        (
            '{"name":"fill","arguments":{"selector":"input#password","value":"Wombat2026"}}',
            [("SECRET", "Wombat2026")],
        ),
        ("I.fillField('password', 'Wombat2026')", [("SECRET", "Wombat2026")]),
        ("ステージングのパスワード教えてもらえますか？\n└ Hotaru-5521 です", [("SECRET", "Hotaru-5521")]),
        ("> wifiのパスワード何だっけ\n→ hotaru5521!", [("SECRET", "hotaru5521")]),
        ("VPNのパス知ってる人いますか？\n\u3000↳ Hotaru_5521 だよ", [("SECRET", "Hotaru_5521")]),
        ("anyone know the staging password?\n↳ Wombat-2291", [("SECRET", "Wombat-2291")]),
        ("DBのパスワードって何でしたっけ？\n> Wombat#2291 です", [("SECRET", "Wombat#2291")]),
        ("暗証番号4471を押して入室", [("SECRET", "4471")]),
        ("確認コード558102が届きました", [("SECRET", "558102")]),
        ("認証コード558102で通りました", [("SECRET", "558102")]),
        ("暗証番号9981は私の誕生日です", [("SECRET", "9981")]),
        ("ワンタイムパスワード 558102 が届いた", [("SECRET", "558102")]),
        ("SMSで届いたのが558102でした", [("SECRET", "558102")]),
        ("ショートメールで来たのは558102です", [("SECRET", "558102")]),
        ("お客様：いま届いたのは5581です\n担当：確認コードは結構です", [("SECRET", "5581")]),
        ("管理画面のパスワード変更しました。新しいのは Wombat#2291 です", [("SECRET", "Wombat#2291")]),
        ("暗証番号を変えました。新しいのは4471です", [("SECRET", "4471")]),
        ("APIキーが間違っていました。正しくは k9f3-a82j-qp01 です", [("SECRET", "k9f3-a82j-qp01")]),
        ("パスワードは先日変えました。現在のは「Wombat#2291」です", [("SECRET", "Wombat#2291")]),
        ("Wi-Fiのパスワードが古かったみたいです。今のは wombat2291 でした", [("SECRET", "wombat2291")]),
        ("パスワードをリセットしました。正は「Wombat#2291」", [("SECRET", "Wombat#2291")]),
        ("the pw on the wiki is outdated. The correct one is Wombat-2291.", [("SECRET", "Wombat-2291")]),
        ("We rotated the password this morning, it's now Wombat#2291", [("SECRET", "Wombat#2291")]),
        ("Passwort wurde geändert, das neue lautet Wombat-2291", [("SECRET", "Wombat-2291")]),
        ("old token expired, new one: k9f3a82jqp01xx", [("SECRET", "k9f3a82jqp01xx")]),
        (
            (
                "新しいトークンを発行。チャネルアクセストークン（長期）：9Ey3kgnSzUSw4Bs3AwfRpzpT+h7P"
                "gkoKLrn5VX9vvZfWrS3ZlC4SR4qg"
            ),
            [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qg")],
        ),
        (
            "アクセストークン(本番)\n9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qg",
            [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qg")],
        ),
        (
            "シークレットキー 9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qg を設定",
            [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpzpT+h7PgkoKLrn5VX9vvZfWrS3ZlC4SR4qg")],
        ),
        ("Basic認証: user: preview / pass: mugicha", [("SECRET", "mugicha")]),
        ("ID=preview / pass=mugicha", [("SECRET", "mugicha")]),
        ("user=preview ／ password=mugicha、以上", [("SECRET", "mugicha")]),
        ("ログイン user=ops、password=Kawasemi.blue21。", [("SECRET", "Kawasemi.blue21")]),
        ("接続 password=Sakura.tree9、port=5432", [("SECRET", "Sakura.tree9")]),
        ("PGPASSWORD=Kawasemi.blue21 psql", [("SECRET", "Kawasemi.blue21")]),
        ("DB_PASSWORD=Kawasemi.blue21", [("SECRET", "Kawasemi.blue21")]),
        ("She gave me a temp password, Welcome2Bracken!, which fails", [("SECRET", "Welcome2Bracken!")]),
        ("my new password, Kite204x!, is rejected", [("SECRET", "Kite204x!")]),
        ("Der PIN für die Karte (4482) geht nicht", [("SECRET", "4482")]),
        ("the PIN for my card (4482) was rejected", [("SECRET", "4482")]),
        ("PIN der Karte meiner Mutter (4482)", [("SECRET", "4482")]),
        (
            "Use the service key svc_9Ey3kgnSzUSw4Bs3AwfRpz to call it",
            [("SECRET", "svc_9Ey3kgnSzUSw4Bs3AwfRpz")],
        ),
        ("partner key: pk9Ey3kgnSzUSw4Bs3AwfRpz", [("SECRET", "pk9Ey3kgnSzUSw4Bs3AwfRpz")]),
        ("the integration key is 9Ey3kgnSzUSw4Bs3AwfRpz", [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpz")]),
        ("INTERNAL_KEY=9Ey3kgnSzUSw4Bs3AwfRpz", [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpz")]),
        (
            (
                "https://api.openweathermap.org/data/2.5/weather?q=Tokyo&appid=7a68cad4d69e49b037295b"
                "02c7371908"
            ),
            [("SECRET", "7a68cad4d69e49b037295b02c7371908")],
        ),
        (
            "https://maps.example.com/js?key=Xy9Ey3kgnSzUSw4Bs3AwfRpz01&v=3",
            [("SECRET", "Xy9Ey3kgnSzUSw4Bs3AwfRpz01")],
        ),
        (
            "GET /v1/x?auth_key=7a68cad4d69e49b037295b02c7371908",
            [("SECRET", "7a68cad4d69e49b037295b02c7371908")],
        ),
        (
            "bot> what is the passphrase?\nme> purple otter mountain lamp",
            [("SECRET", "purple otter mountain lamp")],
        ),
        (
            "agent: パスフレーズを教えてください\nuser: purple otter mountain lamp",
            [("SECRET", "purple otter mountain lamp")],
        ),
        (
            "Q: Passphrase for the key?\nA: purple-otter-mountain-lamp",
            [("SECRET", "purple-otter-mountain-lamp")],
        ),
        ("du: wie lautet das WLAN-Passwort?\nMia: Tonerleer22", [("SECRET", "Tonerleer22")]),
        ("ich: hast du das Passwort vom Router?\nOle: Gartenzwerg-7", [("SECRET", "Gartenzwerg-7")]),
        ("key=api_token val=9Ey3kgnSzUSw4Bs3AwfRpz", [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpz")]),
        ('variable "db_password" {\n  default = "Kite-204x"\n}', [("SECRET", "Kite-204x")]),
        (
            'variable "admin_pw" {\n  description = "x"\n  default = "hanabi77!"\n  sensitive = true\n}',
            [("SECRET", "hanabi77!")],
        ),
        ("expdp system/Kite204x@ORCL schemas=hr", [("SECRET", "Kite204x")]),
        ("jdbc:oracle:thin:app/Kite204x@//db:1521/x", [("SECRET", "Kite204x")]),
        (
            '/etc/pgbouncer/userlist.txt:\n"app" "Kite-204x"\n"ro" "Otter-77y"',
            [("SECRET", "Kite-204x"), ("SECRET", "Otter-77y")],
        ),
        (
            "お客様「認証コードが届きました」\n担当「番号をお願いします」\nお客様「558102です」",
            [("SECRET", "558102")],
        ),
        (
            "メールアドレスとパスワード。メールの正しいのは taro1@example.com です",
            [("EMAIL", "taro1@example.com")],
        ),
        (
            'Password policy says 14+ chars. Mine is "correct9Walrus-staple" which is 21',
            [("SECRET", "correct9Walrus-staple")],
        ),
        ("パスワードは8文字以上らしい。私のは「Wombat#2291」です", [("SECRET", "Wombat#2291")]),
        (
            'SIGNING_KEY = Buffer.from("254a60cde79e4503534303fc549d949546498cab0770cdef2e362e5503aa41cb")',
            [("SECRET", "254a60cde79e4503534303fc549d949546498cab0770cdef2e362e5503aa41cb")],
        ),
        (
            'SECRET_KEY = base64.b64decode("dGhpcyBpcyBub3QgYSBrZXkgYXQgYWxs9Q==")',
            [("SECRET", "dGhpcyBpcyBub3QgYSBrZXkgYXQgYWxs9Q==")],
        ),
        ('api_key = SecretStr("9Ey3kgnSzUSw4Bs3AwfRpz")', [("SECRET", "9Ey3kgnSzUSw4Bs3AwfRpz")]),
        (
            "BitLocker回復キー 005695-222591-264718-148842-779469-605908-862884-363157",
            [("SECRET", "005695-222591-264718-148842-779469-605908-862884-363157")],
        ),
        (
            "型番 WXR-6000AX12S\nSSID Buffalo-A-9B31\nKEY 8bnfm4xkcx7ua\nPIN 30482917",
            [("SECRET", "8bnfm4xkcx7ua"), ("SECRET", "30482917")],
        ),
        ("SSID: Cafe\nPW: hinata8821", [("SECRET", "hinata8821")]),
        ('The new pgbouncer userlist.txt line: "reporting" "kOtO-bue_1882"', [("SECRET", "kOtO-bue_1882")]),
    ],
)
def test_it_is_found(text: str, each: list[tuple[str, str]]) -> None:
    assert [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)] == each


@pytest.mark.parametrize(
    "text",
    [
        '{"errors":[{"field":"password","code":"required","message":"パスワードを入力してください"}]}',
        '{"type":"password","name":"newuser1"}',
        '{"type":"password","text":"Required"}',
        'page.fill("#password", password)',
        'page.fill("#username", "hunter99")',
        'page.fill("#password", process.env.PW)',
        "expect(page.locator('#password')).toHaveText('Wombat2026')",
        '{"action":"click","selector":"#password","text":"Show"}',
        'フィールド "password" に "Wombat2026" を入力',
        "パスワードを忘れた方はこちら\n→ 再設定ページへ",
        "パスワードって必須ですか？\n↳ はい、必須です",
        "パスワードの桁数は？\n└ 8文字以上です",
        "> how do I reset my password?\n→ settings/security",
        "暗証番号4桁を入力してください",
        "エラーコード5581が発生",
        "認証コード4桁で",
        "届いたのは2025年です",
        "荷物が届いたのは1130です",
        "電話で聞いたのは4471円",
        "新しいのは version-2.31 です",
        "パスワードのページのURLが変わりました。新しいのは https://a.example.com/login1 です",
        "バージョンが古いです。正しくは v2.3.1 です",
        "the password form has a new host. The new one is db-prod-2",
        "the new one is Wombat-2291",
        "トークン数が違う。正しくは1024です",
        "アクセストークン\nhttps://example.com/docs/tokens/index",
        "トークン（英語）\ntokenization-of-japanese-text-files",
        "アクセストークン（長期） 発行済み",
        "user=preview / pass=password",
        "user: u / pass: required",
        "pass / fail",
        "the password, username1, and host",
        "a password, e.g. Welcome2You!, is needed",
        "PIN der Karte (4 Stellen)",
        "PIN for the card (optional)",
        "token for the model (gpt-4)",
        "internal key is missing",
        "the internal key rotation-policy-name",
        "service key: none",
        "https://example.com/list?key=uploads/2025/11/photo.jpg",
        "https://example.com/?k=shoes",
        "https://example.com/?key=name&v=7a68cad4d69e49b037295b02c7371908",
        "agent> What's the passphrase?\nops> I do not know it",
        "agent> What's the passphrase for the archive?\nops> ask Maria in security",
        "agent> passphrase?\nops> one moment please",
        "ich: wie lautet das Passwort?\nOle: keine Ahnung",
        'variable "region" {\n  default = "ap-northeast-1"\n}',
        'variable "token_ttl" {\n  default = "3600s"\n}',
        'variable "db_password" {\n  default = ""\n}',
        "sqlplus user/password@host",
        "sqlplus / as sysdba",
        'userlist.txt holds "name" and "hash" pairs',
        "key=password val=required",
        "key=max_tokens val=4096",
        'page.fill("#email", "Wombat2026")',
        "パスワード変更のお知らせ。新しい方はこちら",
        "今は2025年です。パスワードは不要",
    ],
)
def test_what_only_looks_so_stays(text: str) -> None:
    assert REDACTOR.find(text) == []


@pytest.mark.parametrize(("masked", "hits"), [(0, 1), (4, 1), (5, 0), (300, 0)])
def test_users_are_looked_for_below_a_few_masked_ones_alone(masked: int, hits: int) -> None:
    """Each line may name the file again: a long look from each of thousands took nine seconds."""
    text = "userlist.txt\n" + '"app" "*****"\n' * masked + '"ro" "Otter-77y"\n'
    area = users_at(text, 0)
    assert len(area.findings if area else ()) == hits


def test_users_between_masked_ones_are_all_found() -> None:
    text = "userlist.txt\n" + '"app" "*****"\n"ro" "Otter-77y"\n' * 9
    assert [text[one.start : one.end] for one in REDACTOR.find(text)] == ["Otter-77y"] * 9
