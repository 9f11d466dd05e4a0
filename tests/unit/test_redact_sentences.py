"""Secrets as sentences, lists and turns of a talk tell them: changed, tried, asked for, below."""

import pytest

from kansoku.redact.detectors import BALANCED
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()
WITH_ADDRESSES = Redactor(entities=[*(one.entity for one in BALANCED), "IP_ADDRESS"])


def marked(text: str, redactor: Redactor = REDACTOR) -> str:
    """The text with every finding in brackets."""
    parts: list[str] = []
    at = 0
    for one in redactor.find(text):
        parts += [text[at : one.start], "⟦", text[one.start : one.end], "⟧"]
        at = one.end
    return "".join([*parts, text[at:]])


def bare(text: str) -> str:
    return text.replace("⟦", "").replace("⟧", "")


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe mein Passwort von „⟦Fruehling2024⟧“ auf „⟦Sommer2025#⟧“ geändert, komme nicht rein.",
        "Ich habe das Passwort für den Drucker von ⟦Kranich-88⟧ auf ⟦Frühling#77⟧ geändert.",
        "Die PIN wurde auf ⟦7193⟧ geändert.",
        'Das WLAN-Passwort habe ich auf "⟦Kaktus_Blau9⟧" gesetzt.',
        "Kennwort von ⟦alt-Kran12⟧ auf ⟦neu-Kran13⟧ umgestellt",
        "The door PIN for the server room changed to ⟦7193⟧ as of today.",
        "The PIN has changed to ⟦7193⟧.",
        "The voicemail PIN was changed to ⟦7193⟧",
        "Password for the NAS changed to ⟦Heron_Lake42⟧ today.",
        "wifi password just changed to ⟦Heron_Lake42⟧",
        "検証環境のDBパスワードを⟦postgres_Kita8⟧に変更しました。",
        "パスワードを⟦admin_Sakura3⟧に設定してあります",
        "暗証番号が⟦7193⟧に変わりました",
        "パスワードが⟦admin_Sakura3⟧になりました。",
        "社内Wi-Fiのパスワード変わりました→⟦kaigishitsu5F!⟧ よろしくです",
        "パスワード変更：⟦kaigishitsu5F!⟧",
        "パスワードが変わりました。→ ⟦kaigishitsu5F!⟧",
        "パスワード更新しました→⟦kaigishitsu5F!⟧",
        "I've tried ⟦Marigold!2024⟧ and also ⟦Marigold!2025⟧ as the password, neither works.",
        "I typed ⟦Kestrel_44⟧, ⟦Kestrel_45⟧ and ⟦Kestrel_46⟧ as my password",
        "I tried the passwords ⟦Kestrel_44⟧ and ⟦Kestrel_45⟧ but no luck",
        "tried password ⟦Kestrel_44⟧ then ⟦Kestrel_45⟧, locked out",
        "Ich habe ⟦Kranich-88⟧ und ⟦Kranich-89⟧ als Passwort probiert.",
        "Mit ⟦Kranich-88⟧ als Passwort klappt es nicht",
        "パスワードに⟦tanuki2019⟧と⟦tanuki2020⟧を試しましたがダメでした",
        "⟦tanuki2019⟧や⟦tanuki2020⟧をパスワードに入れても入れません",
        "パスワードとして⟦tanuki_2019⟧も試した",
        "Die PIN meiner EC-Karte ist ⟦6027⟧ und der Automat hat sie zweimal abgelehnt.",
        "Die PIN unserer Kreditkarte lautet ⟦6027⟧",
        "PIN am Haupteingang: ⟦6027⟧",
        "My PIN at the ATM is ⟦6027⟧",
        "Die Geheimzahl meiner Karte ist ⟦6027⟧",
        "キャッシュカードの暗証番号４桁は⟦７２９４⟧です。",
        "暗証番号の4桁は⟦7294⟧",
        "暗証番号4桁：⟦7294⟧",
        "暗証番号は4桁で、⟦7294⟧です",
        "PIN番号4桁は⟦7294⟧です",
        "Candidate's Social Security number is ⟦348 51 7720⟧, background check consent attached.",
        "ソーシャルセキュリティ番号は⟦348 51 7720⟧です",
        "SSN ⟦348 51 7720⟧",
        "Backup code for my Google account is ⟦8302 5514⟧ if I get locked out while travelling.",
        "backup code: ⟦8302 5514⟧",
        'The passphrase for the backup archive is "⟦violet tractor nimble orchard⟧".',
        'Passphrase for the key: "⟦violet tractor nimble orchard⟧"',
        "Die Passphrase für das Archiv lautet „⟦blauer kater trinkt milch⟧“.",
        'The password on the archive was "⟦open sesame now⟧"',
        "WLAN-Schlüssel im Besprechungsraum: ⟦52397719449822524509⟧",
        "WLAN-Schlüssel: ⟦52397719449822524509⟧",
        "WPA-Schlüssel lautet ⟦52397719449822524509⟧",
        "Wi-Fi key for guests: ⟦52397719449822524509⟧",
        "連携に使うAPIキー⟦Q7mBnhlx0zrAr7LI8PNuqQquauP5NVPqXBBXgC⟧を登録しました。",
        "アクセストークン⟦8mwBnhlx0zrAr7LI8PNuqQ⟧が漏れた",
        "チャネルアクセストークンはこれです：⟦kdV9mnXoC1ZdutgzqUcCPiJ3m/bq27vghLvpObgbRw⟧",
        "パスワードは以下です。\n⟦Otter-77y⟧",
        "パスワードはこちら：⟦Otter-77y⟧",
        "トークンは次の通りです：\n⟦8mwBnhlx0zrAr7LI8PNuqQ⟧",
        "Das Passwort lautet wie folgt: ⟦Otter-77y⟧",
        "The token is as follows: ⟦8mwBnhlx0zrAr7LI8PNuqQ⟧",
        "クッキーに JSESSIONID=⟦C9E9E094DFCCC017F8C123E2AA48C826⟧ が入っていました。",
        "PHPSESSID=⟦q2v7m9k4c1x8b5n3l6p0s7d2fa⟧ in the log",
        "GET /app;jsessionid=⟦C9E9E094DFCCC017F8C123E2AA48C826⟧?x=1",
        "解凍パスワードは別途と書きましたが、面倒なのでここに書きます。⟦zip20251128⟧ です。",
        "解凍パスワードはここに書いておきます。⟦zip20251128⟧です",
        "ASP.NET_SessionId=⟦q2v7m9k4c1x8b5n3l6p0s7d2⟧",
        "connect.sid=⟦q2v7m9k4c1x8b5n3l6p0s7d2⟧",
        "ci_session=⟦q2v7m9k4c1x8b5n3l6p0s7d2⟧ and laravel_session=⟦q2v7m9k4c1x8b5n3l6p0s7d2⟧",
        "Das Passwort wurde auf ⟦Kranich-88⟧ aktualisiert.",
        "Kennwort auf ⟦Kranich-88⟧ zurückgesetzt",
        "パスワードを⟦admin_Sakura3⟧にしました",
        "My voicemail PIN got changed to ⟦7193⟧",
        "PIN in der Filiale: ⟦6027⟧",
        "Die PIN unserer Karte: ⟦6027⟧",
        "Die PIN eurer Karte ist ⟦6027⟧",
        "ana> what's the wifi password?\nben> ⟦Otter-77y⟧",
        "Anna: what's the password?\nBen: which one did you try?\nCarl: ⟦Otter-77y⟧",
        "Unser Passwort wurde auf ⟦Kranich-88⟧ aktualisiert.",
        "2FA seed: ⟦JBSWY3DPEHPK3PXP⟧",
        "authenticator key: ⟦JBSWY3DPEHPK3PXP⟧",
        "authenticator app code ⟦jbswy3dpehpk3pxp⟧",
        "2段階認証のキーは⟦JBSWY3DPEHPK3PXP⟧",
        "Reisepassnummer lautet ⟦561837204⟧",
        "Our door PIN switched to ⟦7193⟧",
        "ワンタイムパスワード【⟦771204⟧】をアプリに入力してください。〇〇銀行",
        "認証コード【⟦771204⟧】",
        "暗証番号【⟦2580⟧】でお願いします",
        "パスワード【⟦hanabi77⟧】です",
        "パスワード〔⟦hanabi77⟧〕です",
        "パスワード［⟦hanabi77⟧］です",
        "パスワード『⟦hanabi77⟧』です",
        "パスワード：【⟦hanabi77⟧】",
        "パスワード変わったよ。「⟦Hotaru!2291⟧」で入ってみて",
        "パスワード変更したので「⟦Hotaru!2291⟧」で入ってみて",
        "パスワードが変わりましたよ！「⟦Hotaru!2291⟧」",
        "母親の旧姓：⟦榎本⟧",
        "母親の旧姓は「⟦榎本⟧」で登録しています。",
        "お母様の旧姓は⟦榎本⟧です",
        "秘密の質問は「母親の旧姓」、答えは「⟦榎本⟧」",
    ],
)
def test_secrets_in_sentences_are_found(text: str) -> None:
    assert marked(bare(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Die PIN wurde auf Werkseinstellung geändert.",
        "The PIN length changed to 1200 characters",
        "Passwort auf bcrypt umgestellt",
        "パスワードをbcryptに変更しました",
        "パスワードをSHA256に変更",
        "パスワードを16文字に変更しました",
        "パスワードを必須に設定",
        "パスワード変更：完了",
        "パスワード変更：2025-11-28",
        "パスワードが変わりました。",
        "The password field changed to required",
        "I've tried Chrome and also Firefox as the browser",
        "I tried the passwords and also the recovery form",
        "tried password reset and also support",
        "パスワードにSHA256を使う",
        "パスワードにmd5とsha1を使う",
        "パスワードに英数字を使う",
        "暗証番号4桁を入力してください",
        "暗証番号4桁は数字です",
        "暗証番号は4桁です",
        "PIN am Gerät: siehe Handbuch",
        "Social Security number is required",
        'The passphrase for the archive is "required"',
        'The password for the field is "optional"',
        "the token is as follows the rules",
        "パスワードは以下です。\nご確認ください",
        "パスワードは以下の条件を満たしてください：\n8文字以上",
        "APIキーを登録しました",
        "APIキーv2を登録しました",
        "トークンmd5を使う",
        "WLAN-Schlüssel im Besprechungsraum: siehe Aushang",
        "JSESSIONID=abc",
        "set JSESSIONID= in the cookie",
        "jsessionid=your-session-id-goes-here",
        "パスワードは別途お送りします。資料2025です。",
        "I used Postgres15 as the database and Redis7 as the cache",
        "use argon2id as the password hash",
        "sessionid=q2v7m9k4c1x8b5n3l6p0s7d2",
        "my_session=q2v7m9k4c1x8b5n3l6p0s7d2",
        "Subject: what is the password?\nFrom: Abc12345",
        "Optional: what is the password?\nRequired: Abc12345",
        "User: what's the password?\nAssistant: Base64",
        "User: what's the password?\nAssistant: Py3.",
        "  Anna: what's the password?\n  Ben: Otter-77y",
        "Recovery codes of stage\nbuild1234x",
        "トークンapp-settings-2025-v2を使う",
        "パスワード【必須】",
        "パスワード【8文字以上】",
        "認証コード【6桁】を入力",
        "パスワード変わったよ。「設定」から見て",
        "旧姓：榎本",
        "母親の旧姓：必須",
        "母親の旧姓は何ですか",
        "母親の旧姓は任意です",
        "母親の名前、旧姓：榎本",
        "秘密の質問は「母親の旧姓」、答えは「必須」",
        '@@ -1 +1 @@\n-client_secret = "harbor-lantern-name!"',
    ],
)
def test_sentences_without_a_secret_stay(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Save these recovery codes somewhere safe:\n⟦k7qp-93md-xw2v⟧\n⟦t4hn-08zr-b6cj⟧\n⟦y2fs-55gk-m9ae⟧",
        "Here are your backup codes. Each works once.\n\n1. ⟦48213377⟧\n2. ⟦19283746⟧\n\nKeep them.",
        "Recovery codes (GitHub)\n- ⟦4f8a3-b2c91⟧\n- ⟦0d7e2-91ac4⟧",
        "My scratch codes are below:\n⟦8302 5514⟧\n⟦7719 0042⟧",
        "Hier sind deine Wiederherstellungscodes:\n⟦k7qp-93md⟧\n⟦t4hn-08zr⟧",
        "Notfallcodes, bitte ausdrucken\n• ⟦k7qp93md⟧\n• ⟦t4hn08zr⟧",
        "復旧コードは次の3つです。\n1) ⟦HX4M-92KD⟧\n2) ⟦QW7T-61NB⟧\n3) ⟦ZR3P-08VC⟧",
        "バックアップコード（各1回限り）\n・⟦4821-3377⟧\n・⟦1928-3746⟧",
        "① の前：リカバリーコードを控えてください：\n①⟦HX4M-92KD⟧\n②⟦QW7T-61NB⟧",
        "Backup codes for the admin account:\n⟦1111aaaa⟧ ⟦2222bbbb⟧\n⟦3333cccc⟧ ⟦4444dddd⟧",
        "Backup codes for my bank are ⟦4821-3377⟧ and ⟦1928-3746⟧.",
        "Two-factor seed in case you need to re-enroll the phone: ⟦PFGMITUPTEE7QWACDYM2S2OTO4HTK2IA⟧",
        "TOTP seed ⟦JBSWY3DPEHPK3PXP⟧",
        "The 2FA key for GitLab is ⟦jbsw y3dp ehpk 3pxp⟧",
        "Can't scan it? Setup key: ⟦JBSW Y3DP EHPK 3PXP⟧",
        "Authenticator app key → ⟦JBSWY3DPEHPK3PXP⟧",
        "Der Einrichtungsschlüssel lautet ⟦JBSWY3DPEHPK3PXP⟧.",
        "二段階認証のセットアップキーは⟦JBSWY3DPEHPK3PXP⟧です",
        "認証アプリのキー：⟦JBSWY3DPEHPK3PXP⟧",
        "Your MFA key ⟦JBSWY3DPEHPK3PXP⟧",
        "OTP seed: ⟦JBSWY3DPEHPK3PXP⟧",
        "MFA-seed: ⟦JBSWY3DPEHPK3PXP⟧",
        "authenticator seed: ⟦JBSWY3DPEHPK3PXP⟧",
        "OTP key ⟦JBSWY3DPEHPK3PXP⟧",
        "The two-factor key is ⟦JBSWY3DPEHPK3PXP⟧",
        "No camera? The manual entry key is ⟦JBSWY3DPEHPK3PXP⟧",
        "setup-key ⟦JBSWY3DPEHPK3PXP⟧, setup_key ⟦JBSWY3DPEHPK3PXQ⟧",
        "emergency codes:\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "rescue codes:\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "Sicherungscodes:\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "Ersatzcodes:\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "Backup-Codes lauten ⟦k7qp93md⟧ und ⟦t4hn08zr⟧",
        "予備コード：\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "緊急用コード：\n⟦k7qp93md⟧\n⟦t4hn08zr⟧",
        "緊急コードは⟦k7qp93md⟧",
    ],
)
def test_codes_in_lists_and_seeds_are_found(text: str) -> None:
    assert marked(bare(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Recovery codes are documented here:\nSee the guide\nfor more",
        "Recovery codes are hashed with:\nsha256\nsha512",
        "Recovery codes were regenerated\nThanks",
        "The recovery code path:\nstep1\nstep2",
        "バックアップコードは設定画面で確認できます。\n1) 設定を開く\n2) 表示を押す",
        "Backup codes (10 left)\nDownload them now",
        "Two-factor seed is required",
        "Setup key bindings: press CTRLALTDELETENOW",
        "The setup key is ABCDEFGHIJKLMNOP",
        "OTP key rotation happens with this very long line",
        "MFA key: see the settings page",
        "認証アプリのコードを入力してください",
        "random seed 7QWACDYM2S2OTO4H",
    ],
)
def test_lists_of_other_things_stay(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "User: my password isn't working\nBot: What password?\nUser: it's ⟦Buttercup_1991⟧, no luck",
        "agent> What should I use for the SMTP login?\nme> mailer / ⟦GullWing!06⟧\nagent> Connected.",
        "Q: what's the door code for the studio?\nA: ⟦4482⟧#, then push hard",
        "[14:20] 佐野: 検証サーバのパスワード教えて\n[14:21] 大森: ⟦kensho-Svr_58⟧ だよ",
        "User: sudo asks for a password\nAssistant: What did you try?\nUser: ⟦Hedgerow11⟧, as at home",
        "Anna: What's the wifi password?\nBen: ⟦Otter-77y⟧",
        "<kim> anyone got the staging password?\n<lee> ⟦Otter_77y⟧ works for me",
        '**User:** what was the passphrase again?\n**Assistant:** It\'s "⟦Kestrel-44-moor⟧".',
        "09:12 ada: do you know the gate code?\n09:13 bo: sure, ⟦90417⟧",
        "Kunde: Wie lautet das WLAN-Passwort?\nSupport: ⟦Kaktus_Blau9⟧",
        "Frage: Wie war die PIN vom Tresor?\nAntwort: ⟦4482⟧",
        "ユーザー: パスワードを忘れました\n担当: 心当たりは？\nユーザー: ⟦tanuki2019⟧ を試した",
        "客: 暗証番号は何ですか？\n店: ⟦0724⟧です",
        "質問：宅配ボックスの暗証番号わかる？\n回答：⟦0724⟧",
        "User: Passwort falsch\nAssistant: Was hast du probiert?\nUser: ⟦Kranich-88⟧ und mehr nicht",
        "me: can you send me the API key for staging?\nbot: ⟦q7Xk29fLmP04sTz8Wd1a⟧",
        "オペレーター：続いて暗証番号4桁をお願いします。\nお客様：⟦7391⟧です。",
        "オペレーター：暗証番号をどうぞ、お願いいたします。\nお客様：はい、⟦7391⟧です",
        "届いた6桁のコードを教えてください\nお客様: ⟦039416⟧",
        "認証コードを教えてください\nユーザー：⟦039 416⟧",
        "SMSに届いた6桁の数字をお伝えください。お願いします\nお客様：えっと、⟦039416⟧です",
        "サポート: ワンタイムパスワードを入力してください\nお客様: ⟦771204⟧",
        "Bot: To verify it's you, enter the 6-digit code we just texted.\nUser: ⟦804416⟧\nBot: Thanks.",
        "What is the verification code?\nCustomer: ⟦804416⟧",
        "Agent: Please tell me your PIN.\nCaller: It's ⟦4471⟧.",
        "Agent: Read me the code we sent you.\nCaller: I have ⟦804-416⟧",
        "Agent: To reset your password, tell me the code we texted. Why? To be sure.\nCaller: ⟦8 0 4 4 1 6⟧",
        "Agent: What's the answer to your security question, school?\nCaller: ⟦Ellerslie Primary⟧\nA: ok",
        "Agent: And your mother's maiden name?\nCaller: ⟦Kowalski⟧",
        "Please confirm your memorable word?\nCustomer: it's ⟦biscuit⟧.",
        "担当：秘密の質問の答えをお願いします。\nお客様：⟦みたらし⟧です。",
        "担当：お母様の旧姓を教えてください。\nお客様：えっと、⟦榎本⟧です",
        "サポート担当：ご登録の合言葉をお願いします。\nお客様：「⟦みかん畑でつかまえて⟧」です。",
        "What is your password?\nCustomer: ⟦tangerine9⟧",
        "What is your password?\nCustomer: ⟦tangerine⟧",
        "Anna: What's the wifi password?\nBen: it's ⟦Sunflower⟧.",
        "Kunde: Wie lautet das WLAN-Passwort?\nSupport: „⟦Sonnenblume⟧“",
        "Bot: パスワードを教えてください\nUser: ⟦himawari⟧です",
    ],
)
def test_a_secret_asked_for_is_found_in_the_answer(text: str) -> None:
    assert marked(bare(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Q: Which algorithm hashes the password?\nA: Argon2id",
        "Q: How many characters must a password have?\nA: 128.",
        "Q: Where is the password stored?\nA: /etc/shadow2",
        "User: my password isn't working\nAssistant: What's your order number?\nUser: ORD-48213",
        "User: my password isn't working\nAssistant: Which browser do you use?\nUser: Chrome119",
        "User: my password isn't working\nAssistant: Hello2you, how can I help?",
        "User: I forgot the password\nAssistant: Let me look. What did you try?\nUser: the old one",
        "User: what's the password?\nAssistant: I can't share that.",
        "User: what's the password?\nAssistant: Error401, try again",
        "User: what's the token limit?\nAssistant: 128000",
        "prompt: Enter your password?\nname: admin123",
        "Note: what is the password?\nExample: Abc12345",
        "User: Where's the door code policy?\nAssistant: 4482",
        "[14:20] 佐野: パスワード教えて\n[14:21] 大森: あとで送る",
        "[14:20] 佐野: パスワード変更の手順は何？\n[14:21] 大森: Wiki2025を見て",
        "User: what's the password?\nUser: Otter77y",
        "Anna: the password works now\nBen: Great2hear!",
        "What's the verification code?\nNote: 804416",
        "Bot: Enter your booking verification code\nUser: later",
        "Agent: What is your PIN?\nCaller: I have 3 of them",
        "Agent: What is the PIN?\nCaller: since 2019年 it is lost",
        "Agent: What is your security question?\nCaller: I don't remember",
        "Agent: mother's maiden name?\nCaller: Sorry, one moment",
        "Where does the verification code come from?\nCustomer: 804416",
        "担当：秘密の質問の答えをお願いします。\nお客様：忘れました。",
        "担当：合言葉をお願いします。\nお客様：少々お待ちください",
        "サポート担当：ご登録の合言葉をお願いします。",
        "担当：暗証番号をお願いします。\nお客様：12月に変えた",
        "password: see below?\nUser: Alice2 wrote",
        "担当：会員番号8桁の数字を教えてください\nお客様：20481193",
        "Agent: What is your password?\nUser: forgotten",
        "Agent: What is your password?\nUser: checking",
        "Agent: What's the password?\nUser: try bitwarden",
        "Agent: What is your password?\nUser: Sunflower",
        "Agent: What is your password?\nUser: sunflower garden",
        "Agent: Where is the password?\nUser: sunflower",
        "Agent: Do you have the password?\nUser: it's invalid",
        "Anna: do you know the login?\nBen: support",
    ],
)
def test_answers_without_a_secret_stay(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Passport number for the visa letter: ⟦561837204⟧, issued by the United States.",
        "passport number on my old one is ⟦561837204⟧",
        "Reisepassnummer für das Visum: ⟦561837204⟧",
        "The driver licence on the booking, no. ⟦S530-4608-7127⟧ (Illinois), doesn't match",
        "Driver's license on file: ⟦S530-4608-7127⟧",
        "driving licence for the rental is ⟦S530-4608-7127⟧",
        "Login from ⟦198.51.100.23⟧ at noon",
        "The server runs version 4 on host ⟦198.51.100.23⟧",
        "version 2.1.0 is served at ⟦198.51.100.23⟧",
        "personnummer ⟦811228-9874⟧",
        "personnummer ⟦20181125-2392⟧",
        "mail ⟦ops@example.org⟧: it failed",
        "cc ⟦ops@example.org⟧:thanks",
        "scp is how ⟦ops@example.org⟧ sent it",
        "an escp ⟦ops@example.org⟧:in",
        "scp a ⟦ops@files.example.com⟧:⟦b@c.example⟧",
        "write to ⟦ops@files.example.com⟧://x",
        "kind: Secret\ndata:\n  username: YmlsbGluZw==\n  password: ⟦UXVhcnJ5⟧\n  user_token: ⟦UXVhcnJ5⟧",
        "travel passport no. on my file: ⟦561837204⟧",
        "GET /verify?email=⟦tom.baker%2Btest%40example.co.uk⟧&step=2",
        "to=⟦tom%2Eb%5Fc%2D1%40example.com⟧",
        "q=mail%3D⟦tom%40example.com⟧ and %22⟦tom%2Bx%40example.com⟧%22",
        "the pilot ⟦412-57-2210⟧",
        "What is your bank account number?\nCustomer: ⟦7720018834⟧",
        "Teller: And which bank account number should I credit?\nMember: ⟦7720018834⟧, the money market one.",
        "お客様：口座番号を言えばいいですか。⟦5520174⟧です。",
        "窓口：口座番号を教えていただけますか？\nお客様：はい、⟦5520174⟧です",
        "name,driver_license_number\nOKOYE,⟦D7741932⟧\nEVA,⟦D8841920⟧\n",
        "passport_no,surname\n⟦G44188203⟧,OKOYE\n⟦K08219447⟧,EVA\n,none\n⟦L08219447⟧,X",
        'id\t"passport"\n1\t"⟦G44188203⟧"\n2\t"⟦K08219447⟧"\r\n',
        '{"driver_license":{"state":"TX","number":"⟦28841907⟧","class":"C"}}',
        'driver_license:\n  state: TX\n  number: "⟦28841907⟧"',
        "driver license number, mine is ⟦S530-4608-8112⟧",
        "driver_licence_no=⟦AB418829C⟧ verified=true",
        "通帳の記号は12340、お届けの番号1234567".replace("番号1234567", "番号⟦1234567⟧").replace(
            "12340", "⟦12340⟧"
        ),
        "SSN of the ticket: ⟦412-57-2210⟧",
        "SSN, part no. ⟦412-57-2210⟧",
    ],
)
def test_numbers_with_words_between_are_found(text: str) -> None:
    assert marked(bare(text), WITH_ADDRESSES) == text


@pytest.mark.parametrize(
    "text",
    [
        "Passport application for order number: 561837204",
        "Passport fee for the visa letter: 561837204",
        "Part no. 412-55-1093 fits models from 2014",
        "SKU 412-57-2210, lot 412-57-2211, Ticket #412-57-2212",
        "品番：412-57-2210",
        "What is your customer account number?\nCustomer: 7720018834",
        "口座番号は不要ですか。5520174円です。",
        "driver_version,driver\nD7741932,x\n",
        "the driver license, and\nD7741932, x\n",
        "name,driver_license_number\nOKOYE,n/a\nEVA D8841920\nX,D8841921",
        "請求記号 GB411-L644、全国書誌番号 23801771",
        '{"driver_license":{"state":"TX"},"number":"28841907"}',
        "driver_license:\n  state: TX\n  grid: 28841907",
        "Driver's license on file, thanks",
        "Version 10.4.2.1 of the driver fixes it; 10.4.1.8 still crashes on ARM.",
        "Figure 3.1.4 in section 12.0.1.7 of the RFC",
        "バージョン2.14.0.3から2.15.1.0に上げた",
        "ファームウェア 4.12.0.3",
        "caller=main.go:112 version=2.47.1.0 revision=1",
        '"version": "2.47.1.0"',
        "pip install tool==4.1.2.0",
        "get tool-4.1.2.0.tar.gz",
        "Meine Karte wurde doppelt belastet, Beleg 20251126-0081.",
        "Rechnung 811228-9874",
        "20251126-0081",
        "scp backup.tar.gz ops@files.tidewater-press.org:/srv/backups/",
        "rsync -av out/ deploy@web01.example.com:public/",
        "git clone builder@code.example.com:team/repo.git",
        "scp backup.tar.gz ops@files.example.com:",
        "see ops@files.example.com:/srv/x and ops@files.example.com:~/x",
        '{"dependencies": {"passport": "0.7.0", "@tidewater/secrets": "1.4.0", "app-secret": "^2.1.0"}}',
        "app>=4.1.2.0 and app<=4.2.0.1",
        "§ 4.12.0.3",
    ],
)
def test_versions_papers_and_targets_stay(text: str) -> None:
    assert marked(text, WITH_ADDRESSES) == text


@pytest.mark.parametrize(
    "text",
    [
        '@@ -1 +1 @@\n-    jwt_secret: str = "⟦old-maple-secret-1⟧"\n+    jwt_secret: str = Field(...)',
        "@@ -1 +1 @@\n-API_TOKEN = '⟦harbor-lantern-7⟧'\n+API_TOKEN = os.environ[\"API_TOKEN\"]",
        '@@ -1 +1 @@\n x = 1\n+  client_secret = "⟦harbor-lantern-7⟧"',
    ],
)
def test_values_in_lines_of_a_diff_are_found(text: str) -> None:
    assert marked(bare(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        '    jwt_secret: str = "old-mapleleaf-secret-1"',
        '- client_secret = "harbor-lantern-7"',
        '@@ -1 +1 @@\n client_secret = "harbor-lantern-7"',
        '@@ -1 +1 @@\n-client_secret = "harbor-lantern-name"',
        '@@ -1 +1 @@\n-client_secret = "${SECRET_1_OF_APP}"',
    ],
)
def test_words_behind_a_name_outside_a_diff_stay(text: str) -> None:
    assert marked(text) == text
