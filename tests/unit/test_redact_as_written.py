"""Texts as people and programs write them: what was missed in fresh ones, or found for nothing."""

from collections.abc import Callable

import pytest

from kansoku.redact.detector import FREE, PlaceDetector
from kansoku.redact.fast import fast_scan
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import PlainScan, Scan, Triggers, triggers

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("Am besten erreichen Sie Frau Vogel über 0421 6653120.", "PHONE", "0421 6653120"),
        ('{"userTel": 612345678}', "PHONE", "612345678"),
        ("call 0049 (0)30 1234567 from abroad", "PHONE", "0049 (0)30 1234567"),
        ("the fax is 0039 06 6982 1234", "PHONE", "0039 06 6982 1234"),
        ("사무실 연락처: 02-312-4567", "PHONE", "02-312-4567"),
        ("제 휴대폰은 010-8765-4321 이에요", "PHONE", "010-8765-4321"),
        ("login=mika%2540mail.example.jp&x=1", "EMAIL", "mika%2540mail.example.jp"),
        ("anna [dot] lind [at] example [dot] se", "EMAIL", "anna [dot] lind [at] example [dot] se"),
        ("driver's license no. C512-604-77-131-2", "DRIVER_LICENSE", "C512-604-77-131-2"),
        ("Driver License: K4821 90377 15042 (NJ)", "DRIVER_LICENSE", "K4821 90377 15042"),
        ('{"license_number": "B4471902", "state": "NV"}', "DRIVER_LICENSE", "B4471902"),
        ('{"taxId": "86095742719"}', "NATIONAL_ID", "86095742719"),
        (
            "Set-Cookie: sid=Zx81kQ0pLw7vTt5yBn3m/4+Hd2JcUa6E=; Path=/",
            "SECRET",
            "Zx81kQ0pLw7vTt5yBn3m/4+Hd2JcUa6E=",
        ),
        ("amqps://svc:mQ4#vT9z@mq.internal:5671/", "SECRET", "mQ4#vT9z"),
        (
            "dsn=https://5f2d8a71c0e94b36a1d7e8f09b3c4d52@o98.ingest.example.io/7",
            "SECRET",
            "5f2d8a71c0e94b36a1d7e8f09b3c4d52",
        ),
        ("ALTER USER kai IDENTIFIED BY 'winter-1974'", "SECRET", "winter-1974"),
        ("Rückfragen an jörg.weiß@bücher.example", "EMAIL", "jörg.weiß@bücher.example"),
        ('bounced: "anna lind"@example.se', "EMAIL", '"anna lind"@example.se'),
        ("reply to o'brien@example.ie", "EMAIL", "o'brien@example.ie"),
        ("API-Schlüssel: u8Qm2Zp0Xv5Lk9Rt", "SECRET", "u8Qm2Zp0Xv5Lk9Rt"),
        ("Ihr Bestätigungscode lautet 704518", "SECRET", "704518"),
        ("write anna[@]example.se", "EMAIL", "anna[@]example.se"),
        ("DL: K4821-90377-15042, Ottawa", "DRIVER_LICENSE", "K4821-90377-15042"),
        ("permis de conduire n° 851234567890", "DRIVER_LICENSE", "851234567890"),
        ("ﾊﾟｽﾎﾟｰﾄ番号:TK7654321", "PASSPORT", "TK7654321"),
        ("여권번호는 M70415283", "PASSPORT", "M70415283"),
        ("护照号码：E70415283", "PASSPORT", "E70415283"),
        ("振込先 青葉銀行 駅前支店(102) 8041275", "BANK_ACCOUNT", "8041275"),
        ("口座はりそなの8041275でお願いします", "BANK_ACCOUNT", "8041275"),
        ("在留カードの番号はAB12345678CDでした", "NATIONAL_ID", "AB12345678CD"),
        ("PAN card no. BNZPM2501F", "NATIONAL_ID", "BNZPM2501F"),
        ("身分證字號 A123456789", "NATIONAL_ID", "A123456789"),
        ("ワンタイムパスワードは704518です", "SECRET", "704518"),
        ("確認コード：704518", "SECRET", "704518"),
        ('const API_TOKEN: &str = "u8Qm2Zp0Xv5Lk9Rt";', "SECRET", "u8Qm2Zp0Xv5Lk9Rt"),
        ('<add key="ApiKey" value="u8Qm2Zp0Xv5Lk9Rt" />', "SECRET", "u8Qm2Zp0Xv5Lk9Rt"),
        ("- name: DB_PASSWORD\n  value: winter-1974\n", "SECRET", "winter-1974"),
        (
            '{"name":"PORT","value":"80"},{"name":"API_TOKEN","value":"u8Qm2Zp0Xv5L"}',
            "SECRET",
            "u8Qm2Zp0Xv5L",
        ),
        ('get(url, auth=("kai", "winter-1974"))', "SECRET", "winter-1974"),
        ("GET /x?token=u8Qm2Zp0Xv5Lk9Rt&", "SECRET", "u8Qm2Zp0Xv5Lk9Rt"),
        ("dp.pt.u8Qm2Zp0Xv5Lk9RtBn4Wc7Jd1Hs6Fg3Ky0Ae5Oi8T", "SECRET", None),
        ("パスワード：ｋｕｍａ８８！ｘ２", "SECRET", "ｋｕｍａ８８！ｘ２"),
    ],
)
def test_it_is_found(text: str, entity: str, value: str | None) -> None:
    assert [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)] == [
        (entity, value or text)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Die Herstellung 932972931 war vollständig",
        "completely rewrote 612345678 rows",
        "cancelled 812345679, dialog 512345679",
        "INFO: 6123456789 bytes were read",
        "00E1 ; 0061 0301 # a with acute",
        "# COMBINING HORN\t0075 0323 0306",
        "the clause at 252.227-7014 (b)",
        "00000010  64 69 05 66 66 20 31 0a 3c 2b",
        "58A8 58B3 5546 5531 5617 5968 59BE 5A3C",
        '{"snowflake": "6714110732063956028"}',
        "proxy is socks5h://<user>:<password>@gateway-host",
        "notify://APIKey:Sender/Receiver1/Receiver2",
        "a.user:'',auth_password:s?.kind===r&&t",
        "my $pass = $self->{assert};",
        'client_credentials = "m2m-client-credentials"',
        "Message-ID: <20261127.4f1c@mail.example.com>",
        "References: <a.2026112708@mail.example.com> <x7Gq2LmZ9kTt4WvB8nRd@mail.example.com>",
        "seed phrase: these words open nothing here",
        "Your seed phrase is never shared with anyone who asks because they could steal your coins.",
        "The recovery phrase is stored inside your phone and never leaves the device unless you agree.",
        "mnemonic: every good boy does fine always because music theory helps students learn notes",
        "202401-202402-202403-202404-202405-202406-202407-202408",
        "Sicherheitscode 2023 Version",
        "東京都千代田区丸の内の売上 100-2000 円",
        "東京都2023年の売上 100-2000円",
        "東京都の人口統計について (123-4567)",
        "aio_abcdefghijklmnopqrstuvwxyzab",
        "cioabcdefghijklmnopqrstuvwxyzabcdef",
        "EAA" + "-" * 65,
        "sl." + "some_module_name_" * 7,
        "mnemonic: push pop mov add sub cmp jmp call ret nop inc dec",
        '{"mnemonic":"' + "abandon ability able " * 3 + 'zoo zone","other":1}',
        "Software license number: A1234567",
        "GRANT ALL TO kai IDENTIFIED BY '***'",
        "called the stack 612345678 times",
        "mobile traffic 812345678 bytes",
        "call depth 6123456789",
        "0031 2044 0037",
        "arn:aws:bedrock:call:086734376398:model",
        "A WITH RING ABOVE\n0061 0061 ; [.22FD",
        '["20181101 1100", "20181102 1300"]',
        "clickhouse://user[:password]@host[:port]/name",
        "M4.08-.04 19.74 19.74 0",
        '{"Authorization": "Bearer {{environment.API_KEY}}"}',
        "普通 1234567 円",
        "https://abc:xyz@example.com",
        "token, value = split(x)",
        "def put(self, password, value=None): ...",
        "https://documentation-of-the-service@example.com/",
    ],
)
def test_it_is_nothing(text: str) -> None:
    assert REDACTOR.find(text) == []


PHRASE = "abandon ability able about above absent absorb abstract absurd abuse access accident"


def numbered(joint: str) -> str:
    return "\n".join(f"{at}{joint}{word}" for at, word in enumerate(PHRASE.split(), 1)).removeprefix(
        f"1{joint}"
    )


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"Seed phrase: {PHRASE}", "Seed phrase: <SECRET>"),
        (f"seed phrase: {PHRASE}\nplease keep", "seed phrase: <SECRET>\nplease keep"),
        (f'POST {{"t":"seed phrase:\\n{PHRASE}"}}', 'POST {"t":"seed phrase:\\n<SECRET>"}'),
        (f'say {{"seedPhrase":"{PHRASE}"}}', 'say {"seedPhrase":"<SECRET>"}'),
        (f"backup_phrase={PHRASE}", "backup_phrase=<SECRET>"),
        (f"mnemonic: {PHRASE.replace('able', 'have never')[: -len(' accident')]}", "mnemonic: <SECRET>"),
        (f"mnemonic: {PHRASE.replace(' ', '  ')}", "mnemonic: <SECRET>"),
        (f"mnemonic: {PHRASE.replace(' absorb', chr(10) + 'absorb')}", "mnemonic: <SECRET>"),
        ('see mnemonic = ["' + PHRASE.replace(" ", '", "') + '"]', 'see mnemonic = ["<SECRET>"]'),
        (f"recovery words are: {PHRASE}", None),
        (f'log {{"mnemonic":"{PHRASE}","path":"m"}} done', 'log {"mnemonic":"<SECRET>","path":"m"} done'),
        (f"mnemonic = {PHRASE.replace(' ', ', ')}.", "mnemonic = <SECRET>."),
        (f"シードフレーズは「{PHRASE} {PHRASE}」", "シードフレーズは「<SECRET>」"),
        (f"seed phrase: 1. {numbered('. ')}", "seed phrase: 1. <SECRET>"),
        (f"seed words:\n1) {numbered(')')}\nend", "seed words:\n1) <SECRET>\nend"),
        (f"mnemonic: 1 {numbered(' ')}", "mnemonic: 1 <SECRET>"),
        (f"my seed phrase is {PHRASE} is that safe?", "my seed phrase is <SECRET> is that safe?"),
        (f"mnemonic: {PHRASE} elsewhere", None),
        ("seed words: 1. write twelve words 2. keep words safe 3. never type words 4. done", None),
        (f"mnemonic: 1. {numbered('. ')[:-9]}", None),
    ],
)
def test_phrases_that_open_wallets_are_found_whole(text: str, redacted: str | None) -> None:
    assert REDACTOR.text(text) == (redacted or text)


@pytest.mark.parametrize("head", ["References: <", '{"references": "<', "In-Reply-To=<", "In-Reply-To: <"])
def test_people_in_heads_of_mail_are_found(head: str) -> None:
    found = [one.entity for one in REDACTOR.find(f"{head}alice.smith@corp.example>")]
    assert found == ["EMAIL"]


@pytest.mark.parametrize(
    "text",
    [
        "In-Reply-To: <john.smith1985@gmail.com>",
        "References: <tanaka19850401@docomo.ne.jp>",
        "References: <09012345678@ezweb.ne.jp>",
        "Message-ID: <x7Gq2LmZ9kTt4WvB8nRd@gmail.com>",
    ],
)
def test_people_with_numbers_in_heads_of_mail_are_found(text: str) -> None:
    assert "EMAIL" in [one.entity for one in REDACTOR.find(text)]


def test_the_value_of_a_name_that_is_a_value_is_found_in_mappings_too() -> None:
    assert REDACTOR.redact({"name": "DB_PASSWORD", "value": "winter-1974"}) == {
        "name": "DB_PASSWORD",
        "value": "<SECRET>",
    }


@pytest.mark.parametrize("scan", [PlainScan, fast_scan() or PlainScan])
def test_a_shape_that_stands_free_is_found_at_the_beginning_and_behind_other_letters(
    scan: Callable[[Triggers], Scan],
) -> None:
    places = scan(
        triggers([PlaceDetector("X", lambda _text, _at: None, shapes=(FREE + "[A-Z]{2}[0-9]{2}",))])
    )
    assert sorted(places("AB12 口CD34-EF56 xGH78 9IJ90 _KL12")) == [(0, 0), (6, 0), (11, 0), (29, 0)]


def test_an_account_behind_the_number_of_a_field_is_found() -> None:
    text = "?31DE89370400440532013000?32ANNA LIND"
    assert [text[one.start : one.end] for one in REDACTOR.find(text)] == ["DE89370400440532013000"]


WORDS = """
自宅 会社 勤務先 転送 着信 発信 でんわ 電話 携帯 ケータイ けいたい スマホ 連絡先 ファックス ファクス 直通 代表
内線 コールセンター フリーダイヤル お問い合わせ tel telnr telefon telephon cell call caller calling dial reach
line ring phone fax mobil mobile contact tél cellulare joindre rückfragen teléfono handy rufnummer anruf fon
erreichen portable móvil llamar celular whatsapp sms rückruf hotline landline 전화 연락처 휴대폰 ☎ 📞 📱
"""


@pytest.mark.parametrize("word", WORDS.split())
def test_every_word_of_telephones_tells_one(word: str) -> None:
    assert [one.entity for one in REDACTOR.find(f"{word} 612345678")] == ["PHONE"]
