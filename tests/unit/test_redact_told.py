"""What people tell: several codes in a row, old and new ones, numbers in kanji, a line of its own."""

import pytest

from kansoku.redact.folded import folded
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)]


def secrets(text: str) -> list[str]:
    return [value for entity, value in found(text) if entity == "SECRET"]


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("recovery codes are x7k2m-9qwe4 and p3n8r-1zxc6, print", ["x7k2m-9qwe4", "p3n8r-1zxc6"]),
        ("バックアップコードは4821-3377、1928-3746です", ["4821-3377", "1928-3746"]),
        ("backup codes:\n48213377\n19283746", ["48213377", "19283746"]),
        ("Backup codes: a7f3-19kd p02m-44xz 99qe-b1lw", ["a7f3-19kd", "p02m-44xz", "99qe-b1lw"]),
        ("2FA backup codes: 8842 1190, 2290 5567", ["8842 1190", "2290 5567"]),
    ],
)
def test_of_several_codes_each_is_found(text: str, each: list[str]) -> None:
    assert secrets(text) == each


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("We changed the alarm code from 2946 to 7713 on Sunday.", ["2946", "7713"]),
        ("my PIN from 1187 to 4093.", ["1187", "4093"]),
        ("changed the password from Kite-204x to Otter-77y", ["Kite-204x", "Otter-77y"]),
        ("暗証番号を4082から9175に変えました", ["4082", "9175"]),
        ("パスワードを「Kite-204x」から「Otter-77y」へ", ["Kite-204x", "Otter-77y"]),
        ("I had set it to MarbleKite#204 as the password last week", ["MarbleKite#204"]),
        ("Your PIN has been reset to 8305.", ["8305"]),
        ("the wifi key is sunny-otter-31, network", ["sunny-otter-31"]),
        ("Try admin:Wombat2026! on the staging box", ["Wombat2026!"]),
        ("The code you texted me, 719 204, gives an error", ["719 204"]),
        ("Never tell anyone this code: 4409", ["4409"]),
        ('{"body":"Your code: 660128"}', ["660128"]),
        ("Enter 553081 to finish signing in", ["553081"]),
        ("Your temporary password is: \n\n    g7LQ-pp3x\n\nChange it.", ["g7LQ-pp3x"]),
        ("combination to the safe is 31-07-22", ["31-07-22"]),
        ("What is your mother's maiden name? Vandermeer", ["Vandermeer"]),
        ("ワンタイムパスワードは904 517です。", ["904 517"]),
        ("本人確認番号 620 184 を入力", ["620 184"]),
        ("家のWi-Fiのパスワード、hinata-8821 だったかな", ["hinata-8821"]),
        ("初期パスワードは誕生日の19880412です", ["19880412"]),
        ("ID　kana01\nPASS　w8nKe!41", ["w8nKe!41"]),
        ("玄関のキーボックスの番号は0724です", ["0724"]),
        ("オートロックの解除番号3391＋呼出", ["3391"]),
        ("金庫のダイヤルは右12左34右5です", ["右12左34右5"]),
        ("秘密の質問の答えは「みたらし」にしました", ["みたらし"]),
        ("キャッシュカードの暗証番号は〇三一九です", ["〇三一九"]),
        ("Your one-time code is 803 551. Valid", ["803 551"]),
        ("shared netflix: fam@mailbox.example / popcorn!Friday", ["popcorn!Friday"]),
        (
            "the value of `client_secret` in your paste is 41WfDGSHcZbaxZbyGUAWCMdf9U. Rotate",
            ["41WfDGSHcZbaxZbyGUAWCMdf9U"],
        ),
        ("SET PASSWORD FOR 'gail'@'%' = 'siskin-6';", ["siskin-6"]),
        ("$ PGPASSWORD=linnet_8 psql -h db1", ["linnet_8"]),
        ("$ vault kv put secret/app password=linnet_8 user=app", ["linnet_8"]),
        ('main(["--token", "q8Zr41mmWx0Lv"])', ["q8Zr41mmWx0Lv"]),
        ("パスはhimawari88、IDはmizukiです", ["himawari88"]),
        ("暗証番号、たぶん2751だと思う", ["2751"]),
        ("SMSの番号は550913でした", ["550913"]),
        ("Wi-Fi「nakano-home」のキーはtanuki-3318", ["tanuki-3318"]),
    ],
)
def test_what_a_sentence_tells_is_found(text: str, both: list[str]) -> None:
    assert secrets(text) == both


@pytest.mark.parametrize(
    "text",
    [
        "the exit code from 1001 to 2002 is free",
        "codes from 2946 to 7713",
        "change the pin from D7-A to D8-A",
        "chown root:wheel-2026 x",
        "the error code: 500213",
        "your zip code: 60614",
        "code: 500213",
        "the code: 4409",
        "the code you wrote in 2024 works",
        "bring it to finish 553081",
        "ロッカー番号は1234です",
        "金庫の番号は3台です",
        "the license # F6171237 of the software",
        "パスワード、またはhunter22です",
        "password:\n  value=1a\n  b: c",
        "we used it 2026x as the pass",
        "主キーはuser_id-2026",
        "パスはhimawari88/x、IDは",
        "fam@mailbox.example / Anna Smith",
        "fam@mailbox.example / eve2@mailbox.example",
        "a / popcorn!Friday",
        "SMSの番号は5件",
        '["--password", "--verbose"]',
    ],
)
def test_what_only_sounds_so_stays(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("予約の合言葉は「夕焼けこやけ」です。受付でお伝えください。", "夕焼けこやけ"),
        ("合言葉は「夕焼けこやけ」です。受付でお伝えください。", "夕焼けこやけ"),
        ("ネットバンキングの合言葉（好きな食べ物）は茶碗蒸し", "茶碗蒸し"),
        ("ログインの合言葉を『ひまわり畑』に変えました", "ひまわり畑"),
        ("合言葉：あおいそら1", "あおいそら1"),
        ("合言葉は「みかん畑」です。", "みかん畑"),
        ("お客様：合言葉は『みかん畑』です", "みかん畑"),
    ],
)
def test_a_watchword_that_lets_in_is_found(text: str, word: str) -> None:
    assert secrets(text) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "合言葉は「安全第一」、今日も一日頑張りましょう！",
        "この作品の合言葉は「みんなでつくろう」です。",
        "口座を開きました。合言葉は「笑顔」です",
        "ログインの合言葉は任意です",
    ],
)
def test_a_slogan_stays(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("電話は〇九〇-一二三四-五六七八", ("PHONE", "〇九〇-一二三四-五六七八")),
        ("携帯は〇八〇ー三三四四ー五五六六です", ("PHONE", "〇八〇ー三三四四ー五五六六")),
        ("TEL 零九零一二三四五六七八", ("PHONE", "零九零一二三四五六七八")),
        ("口座番号は三四五六七八一です", ("BANK_ACCOUNT", "三四五六七八一")),
        ("マイナンバー　一二三四五六七八九〇一八", ("MY_NUMBER", "一二三四五六七八九〇一八")),
    ],
)
def test_numbers_in_kanji_are_numbers(text: str, one: tuple[str, str]) -> None:
    assert found(text) == [one]


@pytest.mark.parametrize(
    "text",
    ["〇〇〇-〇〇〇〇-〇〇〇〇", "一二三四五という曲", "〇月〇日", "三〇二号室", "口座を一つ、二三日で"],
)
def test_kanji_that_are_no_number_stay_as_they_are(text: str) -> None:
    assert folded(text).text == text


def test_what_tells_a_bank_alone_is_no_account() -> None:
    assert found("routing number 021000021, account number 4512207891") == [("BANK_ACCOUNT", "4512207891")]
    assert found('{"bank_account": "6861483175", "routing": "322271627"}') == [("BANK_ACCOUNT", "6861483175")]


def test_a_sign_and_a_number_are_an_account_or_an_insured_person() -> None:
    assert found("ゆうちょの記号17934 番号6565454") == [
        ("BANK_ACCOUNT", "17934"),
        ("BANK_ACCOUNT", "6565454"),
    ]
    assert found("健康保険証 記号21702944 番号4471") == [("NATIONAL_ID", "21702944"), ("NATIONAL_ID", "4471")]
    assert found("記号21702944 番号4471") == []


def test_a_licence_with_a_sign_is_one_where_words_of_driving_stand() -> None:
    assert found("license # F6171237 issued by the DMV") == [("DRIVER_LICENSE", "F6171237")]


def test_behind_an_option_stands_its_value() -> None:
    given = ["login", "--user", "gail", "--password", "magpie", "--token", "x", "--pin", 7, "--name"]
    kept = ["login", "--user", "gail", "--password", "<SECRET>", "--token", "<SECRET>", "--pin", 7, "--name"]
    assert REDACTOR.redact(given) == kept
    assert REDACTOR.redact(tuple(given)) == tuple(kept)
    assert REDACTOR.redact_json('{"args":["--password","magpie-5"]}') == '{"args":["--password","<SECRET>"]}'


@pytest.mark.parametrize("value", ["YOUR-0", "your-api-key-here", "insert-it-here"])
def test_what_stands_for_a_password_is_none_in_a_mapping_either(value: str) -> None:
    for name in ("PASSWORD", "Password_", "pw ", "パスワード", "My password"):
        assert REDACTOR.redact({name: value}) == {name: value}
        assert secrets(f"{name}: {value}") == []
