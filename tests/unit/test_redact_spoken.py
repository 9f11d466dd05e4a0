"""Codes, answers and passwords as people write them: in forms, messages and sentences."""

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor(entities=["SECRET"])


def marked(text: str) -> str:
    return REDACTOR.text(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "door code: [4471]#",
            "Gate code is [4471]",
            "the access code for the lot is [482913].",
            "Login-code: [4829]",
        ),
        *(
            "One-time code: [482913]",
            "your code is [482913].",
            "Der Code lautet [552918]",
            "2FA code [482913]",
        ),
        *(
            "mTAN: [773120]",
            "Die TAN ist [773120].",
            "PUK: [48213377]",
            "Geheimzahl: [4821]",
            "PIN-Code: [4821]",
        ),
        *(
            "security code: [492]",
            "card security code [492], exp 03/27",
            "card verification value: [331]",
            "CSC: [331]",
        ),
        *(
            "Karte 4111, gültig bis 08/28, Prüfziffer [331]",
            "Kreditkarte, Prüfnummer: [331]",
            "Kartenprüfziffer: [714]",
        ),
        *("CVV番号：[318]", "PIN番号は[4829]です", "セキュリティ番号「[318]」"),
        "backup code: [1234-5678]",
        *("リカバリーコード：[x7k2m-9qwe4]",),
        *("Zugriffstoken: [Ab3kk29xkq1mz82Lq0zz83]", "passphrase for the key: [ocean-lamp-9]"),
        *("Steam guard code: [4KX9M]", "MFA backup code [8821-4417]", "código de verificación: [482913]"),
        *(
            "code de sécurité : [482913]",
            "[482913] is your login code",
            "[G-482913] is your Google verification code.",
        ),
        *(
            "[482 913] is your one-time passcode",
            "passcode: [4821]",
            "パスコードは[482913]です",
            "admin passcode, which is [90417].",
        ),
        *(
            "I got a code [482913] from you but the page says expired",
            "entered the login code [482 913] twice",
            "Use [930 114] as your one-time passcode for Northbank.",
            "SMSで届いた6桁の番号は[118274]です",
            "メールで送られてきたコード：[118274]",
        ),
        *(
            "alarm code [90210], panic word later",
            "lockbox combo: [7-22-31]",
            "The door keypad: [4471]#",
            "[604187] is the verification code for your bank login",
            "届いたコードは[604187]です",
            "二段階認証のコードが[604187]でした",
        ),
        *(
            "認証コード[604187]を入力",
            "旧パスワード[kuma0101]、変更済",
            "パスワード欄に [ringo#55] と入れても",
        ),
        *(
            "it texted me [338291] as the code",
            "Enter [338291] to verify your account.",
            "OTP for your transaction of $40.00 is [338291]",
            "6桁のコード[448120]を入力しました",
            "ワンタイムパスワードは [448-120]",
        ),
        *(
            "cc 4111111111111111 11/27 [443]",
            "4111-1111-1111-1111, exp 11/2027 CVV [443]",
            "amex 378282246310005 and cid [4431]",
            "カード裏の3桁 [443]",
        ),
        *(
            "PINコード[0331]を3回間違えました",
            "第二暗証は[882914]",
            "あなたの認証番号は [G-482913] です。",
            "セキュリティコード(裏面の3桁)は[903]",
            "/login?state=1&code=[CkQXkXiNJ4MtUw19fWOB]",
            "name=x&csrf=[2fc28e699e55e81cf392939a]",
        ),
        *(
            "ワンタイムパスは[482913]",
            "引き継ぎコード：[aB3kZ9qLm2Xw]",
            "WLAN-Schlüssel: [48213377Ab9k2m]",
            "wifi key: [48213377Ab9k2m]",
        ),
    ],
)
def test_codes_that_let_in_are_found(text: str) -> None:
    before, secret, after = text.replace("[", "]").split("]")
    assert marked(f"{before}{secret}{after}") == f"{before}<SECRET>{after}"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "the error code is 500123",
            "postal code is 100123",
            "exit code is 482913.",
            "The code is 123456 lines long",
        ),
        *(
            "PIN code: 560001",
            "pin code 4 = VCC",
            "access code path 2024",
            "access_code: 4821x",
            "time code 12:30:11",
        ),
        *(
            "door code in 4471 homes",
            "Die Prüfziffer 331 folgt aus Modulo 97",
            "tan: 0.7265",
            "atan: 123456.5",
        ),
        *(
            "recovery codes are shown once",
            "backup code that runs 2024",
            "backup codes: none",
            "recovery code path",
        ),
        *("CVV番号は裏面の3桁です", "PIN番号を3回間違えた", "バックアップコードは10個です"),
        *("security code review 2024", "security code: Optional[str]", "unlock code v1.2.3"),
        *(
            "4821 is your total",
            "build 482913 is your latest",
            "order-482913 is your order code",
            "1.482913 is your code",
        ),
        *(
            "door code 4471 homes",
            "safe combo of 2024-x",
            "604187 is the conference number",
            "認証コード6桁を入力",
            "認証コード604187件",
            "パスワードmd5ハッシュ",
            "パスワードsha256で保存",
            "パスワードbcrypt2のコスト",
            "パスワード欄に入力してください",
        ),
        *(
            "Use 482913 to verify2 it",
            "see section 4829 to verify the sum",
            "Run 20261128 to complete the batch",
            "released 11/27 443 times",
            "1234567 11/27 443",
            "the cid 4431 of the customer",
            "山の裏の3桁 443",
            "6桁のコード448120行",
        ),
        *(
            "I got an error code 500123 from you",
            "sent the discount code 482913 to all",
            "the code 482913 is on line 4",
            "used the code 500123 lines long",
            "Use 482913 as your seed",
            "在庫棚に届いた番号は118274です",
            "6桁の番号は118274件",
        ),
        *(
            "PINコード4桁",
            "CVV番号123文字",
            "/list?code=JP&page=2",
            "/x?code=getAccessTokenForUser",
            "csrf=disabled",
            "認証番号はE-1です",
            "認証番号はE-123です",
        ),
        *(
            "access code: CONSTANT",
            "passcode: str",
            "パスコードは6桁です",
            "backup code lines-over",
            "引き継ぎコードは12桁です",
        ),
    ],
)
def test_codes_of_other_things_stay(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "secret question: First pet?\nanswer: [Biscuit]",
            "Security answer: [Maple Street]",
            "secret_answer=[Rex]",
        ),
        *("Security question - first car? Answer: [Saab 900].", "The security answer is [Biscuit]."),
        *("Sicherheitsfrage: Mädchenname?\nAntwort: [Brandstetter]", "Geheimantwort: [Bello]"),
        *("秘密の質問：ペットの名前は？\n答え：[ポチ]", "秘密の質問の答えは「[さくら小学校]」です。"),
        *("秘密の質問「母の旧姓は？」 答え「[佐々木]」", "秘密の答え：[ポチ]"),
        *("Security Q: favourite teacher  A: [Mrs. Lindgren]", "Sicherheitsfrage (erstes Haustier): [Mausi]"),
        *("秘密の質問：母親の旧姓　回答：[佐伯]", "Secret question: pet? Answer: [Rex]. Thanks"),
        "Security question: first street? Answer: [Old Mill Lane Upper End]",
        "秘密の質問（初めて飼ったペット）の答えは[チョコ]です",
        *("my mother's maiden name is [Halvorsen]", "Mädchenname: [Brandstetter]"),
    ],
)
def test_answers_that_open_an_account_are_found(text: str) -> None:
    before, secret, after = text.replace("[", "]").split("]")
    assert marked(f"{before}{secret}{after}") == f"{before}<SECRET>{after}"


def test_in_json_codes_of_recovery_are_masked_in_a_list() -> None:
    assert marked('{"recovery_codes": ["aa11-bb22"], "n": 1}') == '{"recovery_codes": "<SECRET>", "n": 1}'


def test_in_json_an_answer_is_found_by_its_key() -> None:
    assert marked('{"security_answer": "Biscuit", "n": 1}') == '{"security_answer": "<SECRET>", "n": 1}'


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Set a security question and answer in Settings.",
            "security question: pick one. The answer is stored hashed",
        ),
        *(
            "security answer: required",
            "Security question: What city? Answer: the one you chose at first",
            "answer: Biscuit",
        ),
        *("the security answer is wrong", "security_answer: str", "secret_answer: Optional[str] = None"),
        *("秘密の質問を設定してください（3つまで）。", "秘密の質問：任意\n答え：必須", "答え：ポチ"),
        *("Die Sicherheitsfrage ist falsch.", "security questions answered by the vendor: 12 of 40"),
        "Security question: first street? Answer: Old Mill Lane Upper End West",
        *("her maiden name is unknown", "maiden name: required"),
    ],
)
def test_talk_of_questions_and_answers_stays(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Passwort: [Sonnenblume]",
            "Benutzer: msch, Kennwort: [Sonnenblume].",
            "Password: [bluebird]\n",
            "合言葉：[あおいそら]",
        ),
        *(
            "username: admin\npassword: [sunshine]\n",
            "SSID: HomeNet\npassword: [bluewhale]",
            "password：[ねこだいすき2]",
        ),
        *(
            "Passphrase: [correct horse battery staple]",
            "ID：taro　パスワード：[さくら]",
            "My Password: [moonlight]",
        ),
        *(
            "Das Passwort lautet [Sonnenblume].",
            'the password is "[sunshine]"',
            "パスワードは「[さくらさく]」です",
            "パスワード「[さくら]」",
        ),
        *(
            "ID/PW: yamada / [abc123xx]",
            "Username and password are admin / [hunter22].",
            "user and password: bob, [hunter22]",
        ),
        *("ユーザー名とパスワードはそれぞれ admin と [hunter22] です", "ID／パスワード：yamada／[abc123xx]"),
        *(
            "my password is [12345678].",
            "パスワードは[123456]です",
            "パスワードは[himawari]です。",
            "My password is [Liverpool].",
        ),
        *(
            "the wifi password is [bluewhale]",
            "Wi-Fi password: [BlueWhale]",
            "PW：[himawari]",
            "pw: [ilovecats]",
            "PASSWORD=[sunshine]",
            "VPNの事前共有鍵は [xK29-mmQp-81La] です",
        ),
        *(
            "password - [hunter22]",
            "password [welcome2clinic]",
            'shared login "ninja / [hunter2luv]" in chat',
        ),
        *(
            "the password I set was [BlueHeron!1972] and it fails",
            "the passphrase is [correct-horse-battery-staple]",
            "log in with guest / [Welcome123!]",
            "the pass is [Maple-77-tree], it worked",
            "the db_pass is [hunter2luv].",
            "トークン[ab12cd34ef56gh78ij90]を使う",
            "パスコード[0331]を入力",
            "PASSは[takuya55]でログインできますか",
            "I changed my password to [Gr33nTea!] this morning",
            "creds for staging: svc-user / [gT7$kPq2]",
            'name: DB_PASS\n  value: "[xYz-8812-q]"',
            "signed in as kim / [Tulip-4471].",
        ),
        *(
            "秘密鍵のパスフレーズは[aoi sora 2020]です",
            "WiFiのパスは[cafe-guest-77]です",
            "ログインID hanako88、パス：[Hana1988]",
            "仮パスワードを発行しました → [Tmp-88421-x]",
            "パスワードをリセットしました：[Tmp-88421-x]",
            'password: "[v3ry-s3cret]"  # later',
        ),
        *("net user bob [P4ss!word] /add", "our guest password: [moonlight]"),
    ],
)
def test_passwords_that_are_plain_words_are_found(text: str) -> None:
    before, secret, after = text.replace("[", "]").split("]")
    assert marked(f"{before}{secret}{after}") == f"{before}<SECRET>{after}"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password: sunshine",
            "  password: string\n",
            "username: string\npassword: string",
            "Password: required",
        ),
        *(
            "Passwort: Pflichtfeld",
            "パスワード：必須",
            "パスワード：英数字8文字以上",
            "パスワード：変更済み",
            "パスワード「必須」",
        ),
        *(
            "{\n  username: user,\n  password: plain }",
            "open({ id: user,\n  password: sunflower\n",
            "Password: see below",
            "Password: the one we sent",
            "Password: Password",
        ),
        *(
            "the password is 'required'",
            'the password is "changed"',
            "Das Passwort lautet wie folgt",
            "Set Password: bluebird",
        ),
        *(
            "Passphrase: the words you chose at first",
            "passphrase: the words that you must remember",
            "passphrase: one two",
            "user: x\nnote: password: bluebird bird",
        ),
        *(
            "twist://password:login/#team:channel",
            "https://pass: anna / hunter2-x9",
            "sip:/pass: anna / hunter2-x9",
            "user/password: required / optional",
            "and password is wrong / missing",
        ),
        *(
            "the pass is over",
            "The pass is only run for loops1 and trees",
            "to pass is hunter2luv",
            "bypass is hunter2luv",
            "I changed my password to something else",
            "convert the password to base64url2",
            "creds for staging: see vault / ops",
        ),
        *(
            "Signed in as admin / superuser",
            "The passphrase is only-as-strong",
            "秘密鍵のパスフレーズは ssh agent です",
            "ログファイルのパスはlogs2026です",
            "ユーザーのパスは~deploy2x です",
            "アカウントのパスはdocs2026/x です",
            "ログインのパスはC:\\Users2\\x です",
            "パスワードは not set yet です",
            "the password is one-two-three-four",
            "the secret2 is hunter2luv",
            "主キーab12cd34ef56gh78ij90を使う",
            "IDとパスは/home/app2/v1です",
            "会員ページへのパスは docs/v2/index2 です",
            "パスワードを設定しました：完了",
            "合言葉は継続です",
        ),
        *(
            "パスワード：非公開",
            "パスワードは8文字です",
            "パスワードは12345文字まで",
            "パスワードはbcryptです",
            "パスワードは英数字です",
        ),
        *(
            "my password is wrong.",
            "my password is not working",
            "the password is bluewhale",
            "password is 12 characters",
        ),
        *(
            "The password is Base64",
            "The password is Required.",
            "password - the one you chose",
            "PASSWORD=password",
            "our password policy: strict",
        ),
        *(
            "net user bob /delete",
            "net user bob * /add",
            "login 'failed / retrying'",
            "the password is Known to us",
        ),
    ],
)
def test_words_of_forms_and_programs_stay(text: str) -> None:
    assert marked(text) == text
