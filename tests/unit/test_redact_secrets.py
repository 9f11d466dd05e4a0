"""Secrets that tell themselves: tokens of issuers, web tokens, private keys, credentials of HTTP and URLs.

What looks real is put together from pieces, so that no scanner of secrets takes fright.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from random import Random

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor(entities=["SECRET"])
RANDOM = Random(7)
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def made(size: int, letters: str = LETTERS) -> str:
    return "".join(RANDOM.choice(letters) for _ in range(size))


def made_hex(size: int) -> str:
    return made(size, "0123456789abcdef")


TOKENS = {
    "Anthropic": "sk-" + "ant-api03-" + made(90) + "-_AA",
    "OpenAI": "sk-" + "proj-" + made(60) + "_" + made(40),
    "OpenAI, older": "sk-" + made(20) + "T3BlbkFJ" + made(20),
    "OpenRouter": "sk-" + "or-v1-" + made_hex(64),
    "Hugging Face": "hf" + "_" + made(34),
    "Groq": "gsk" + "_" + made(52),
    "Replicate": "r8" + "_" + made(37),
    "AWS": "AKI" + "A" + made(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "AWS, temporary": "ASI" + "A" + made(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "Google": "AIz" + "a" + made(35),
    "Google OAuth": "ya29" + "." + made(60) + "-_x",
    "Google refresh": "1/" + "/0" + made(60),
    "Google client": "GOCSPX" + "-" + made(28),
    "Entra": made(3) + "8Q" + "~" + made(34),
    "DigitalOcean": "dop" + "_v1_" + made_hex(64),
    "GitHub": "gh" + "p_" + made(36),
    "GitHub app": "gh" + "s_" + made(36),
    "GitHub, fine": "github" + "_pat_" + made(22) + "_" + made(59),
    "GitLab": "gl" + "pat-" + made(20),
    "npm": "npm" + "_" + made(36),
    "PyPI": "pypi" + "-AgEIcHlwaS5vcmc" + made(80),
    "Docker": "dckr" + "_pat_" + made(27),
    "Linear": "lin" + "_api_" + made(40),
    "Notion": "ntn" + "_" + made(46),
    "Slack": "xox" + "b-" + made(12, "123456789") + "-" + made(24),
    "Slack app": "xap" + "p-1-A0" + made(10) + "-" + made(30),
    "Slack hook": "https://hooks." + "slack.com/services/T" + made(9) + "/B" + made(9) + "/" + made(24),
    "Discord hook": "https://discord.com" + "/api/webhooks/" + made(18, "123456789") + "/" + made(68),
    "Telegram": made(10, "123456789") + ":A" + "A" + made(33),
    "Stripe": "sk" + "_live_" + made(24),
    "Stripe, restricted": "rk" + "_test_" + made(24),
    "Stripe hook": "whsec" + "_" + made(32),
    "Shopify": "shp" + "at_" + made_hex(32),
    "SendGrid": "SG" + "." + made(22) + "." + made(43),
    "Grafana": "gl" + "sa_" + made(32) + "_" + made_hex(8),
    "Vault": "hv" + "s." + made(90),
    "Databricks": "da" + "pi" + made_hex(32),
    "age": "AGE-SECRET-" + "KEY-1" + made(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    "Amazon Bedrock": "ABS" + "K" + made(90) + "=",
    "Amazon Bedrock, short-term": "bedrock-api" + "-key-" + made(90) + "=",
    "Google, newer": "AQ" + "." + made(50) + "-x",
    "Fly.io": "fo" + "1_" + made(43),
    "E2B": "e2" + "b_" + made_hex(40),
    "GitLab, feed": "gl" + "ft-" + made(20),
    "CircleCI": "CCI" + "PAT_" + made(22) + "_" + made_hex(40),
    "Buildkite": "bk" + "ua_" + made_hex(40),
    "SonarQube": "sq" + "u_" + made_hex(40),
    "crates.io": "ci" + "o" + made(32),
    "Square": "EA" + "AA" + made(30) + "-_" + made(30),
    "Mailgun": "key" + "-" + made_hex(32) + "-" + made_hex(8) + "-" + made_hex(8),
    "1Password": "ops" + "_eyJ" + made(80),
    "Dynatrace": "dt0" + "c01." + made(24, "ABCDEF234567") + "." + made(64, "ABCDEF234567"),
    "Dropbox": "sl" + ".u." + made(130),
    "Adafruit": "aio" + "_" + made(28),
    "Google, of an account": "ya29" + ".c." + made(80),
    "Teams hook": "https://outlook.office.com/webhook/"
    + made_hex(32)
    + "-@f12/IncomingWebhook/"
    + made_hex(64),
    "Teams hook, newer": "webhook.office.com/webhookb2/"
    + made_hex(32)
    + "-@f12/IncomingWebhook/"
    + made_hex(64),
    "Azure storage": made(76) + "+A" + "St" + made(6) + "==",
    "Azure, one mark for many": made(52) + "JQQ" + "J99" + made(26),
    "BitLocker": "-".join(f"{11 * int(made(5, '123456')):06}" for _ in range(8)),
    "Mailchimp": made_hex(32) + "-u" + "s12",
    "Express": "s%" + "3A" + made(32) + "." + made(43),
}
AROUND = ("{}", 'key "{}",', "使うのは{}です", "（{}）", "x={}&y", "a\n{}\nb", "`{}`.")


@pytest.mark.parametrize("issuer", TOKENS)
@pytest.mark.parametrize("around", AROUND)
def test_tokens_are_found_whole_by_their_issuers_prefix(issuer: str, around: str) -> None:
    assert REDACTOR.text(around.format(TOKENS[issuer])) == around.format("<SECRET>")


@pytest.mark.parametrize("issuer", TOKENS)
def test_a_prefix_without_the_rest_or_within_a_word_is_no_token(issuer: str) -> None:
    token = TOKENS[issuer]
    for text in (token[:11], "ab" + token.split("/")[-1][:24].swapcase()):
        assert REDACTOR.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "sk-ant-" + "x" * 16,
            "AKIA" + "IOSFODNN7" + "EXAMPLE",
            "sk-ant-api03-your-key-here",
            "sk-proj-***ab8i",
        ),
        *(
            "task-1234567890abcdefghijkl",
            "risk-adjusted-returns-2024",
            "Asia/Tokyo",
            "hf_hub_download",
            "npm_config_registry",
        ),
        *(
            "ghp_short",
            "xoxo",
            "msg.content.parts",
            "pypi-server",
            "key-value",
            "12:30:AA",
            "pk" + "_live_" + "a1" * 12,
        ),
    ],
)
def test_what_only_looks_like_a_token_stays(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize("issuer", ["AWS", "Mailchimp", "Shopify", "Databricks", "Grafana", "Telegram"])
def test_a_token_that_goes_on_is_another_thing(issuer: str) -> None:
    assert REDACTOR.find(f"{TOKENS[issuer]}9A") == []


NAMED = {
    "discord bot": "MTA" + made(21) + ".G" + made(5) + "." + made(38),
    "Airtable legacy key:": "ke" + "y9" + made(13),
    'AIRTABLE = "x",': "pa" + "t" + made(14) + "." + made_hex(64),
    "Authorization: SSWS": "00" + made(40),
    "vault login": "s" + "." + made(20) + "Ab1Z",
    "bedrock " + TOKENS["AWS"] + ",": "/wJ4" + made(36),
    TOKENS["AWS, temporary"] + " and": made(20) + "+9/" + made(17),
}


def found_in(text: str) -> list[str]:
    return [text[one.start : one.end] for one in REDACTOR.find(text)]


@pytest.mark.parametrize("name", NAMED)
def test_tokens_without_a_prefix_are_found_behind_their_issuers_name(name: str) -> None:
    value = NAMED[name]
    assert value in found_in(f"{name} {value}.")
    assert value not in found_in(f"other {value}.") + found_in(f"{name}\n {value}.")


@pytest.mark.parametrize("name", NAMED)
def test_behind_an_issuers_name_hashes_and_words_stay(name: str) -> None:
    for text in (made_hex(40), "one/two/three/four/five/six/seven/eights", "key", "2.31.0"):
        assert text not in found_in(f"{name} {text}")


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


HEADER, CLAIMS = part({"alg": "HS256", "typ": "JWT"}), part({"sub": "u_1"})


@pytest.mark.parametrize(
    "rest", [f".{CLAIMS}.{'b' * 43}", f".{CLAIMS}.", f".{CLAIMS}", f".{'c' * 30}.d.{'e' * 20}.f"]
)
def test_web_tokens_are_found_signed_unsigned_cut_and_encrypted(rest: str) -> None:
    assert REDACTOR.text(f"token rejected: {HEADER}{rest} kid=1") == "token rejected: <SECRET> kid=1"


@pytest.mark.parametrize(
    "text", [f"{part({'typ': 'JWT'})}.{CLAIMS}.x", HEADER, f"{part(['alg'])}.{CLAIMS}.x", "eyJ.eyJ.x"]
)
def test_what_has_no_header_of_a_web_token_stays(text: str) -> None:
    assert REDACTOR.text(text) == text


BODY = "\n".join(made(64) for _ in range(4))
PEM = f"-----BEGIN {{0}}PRIVATE KEY-----\n{BODY}\n-----END {{0}}PRIVATE KEY-----"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys_are_found_whole(kind: str) -> None:
    pem = PEM.format(kind)
    assert REDACTOR.text(f"key:\n{pem}\nbye") == "key:\n<SECRET>\nbye"
    assert REDACTOR.text(pem.replace("\n", "\\n")) == "<SECRET>"
    assert REDACTOR.text("k: |\n  " + pem.replace("\n", "\n  ")) == "k: |\n  <SECRET>"
    assert json.loads(REDACTOR.redact_json(json.dumps({"note": f"a {pem} b"}))) == {"note": "a <SECRET> b"}


def test_a_private_key_that_nothing_ends_is_masked_to_the_end() -> None:
    assert REDACTOR.text(PEM.format("")[:200]) == "<SECRET>"


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN CERTIFICATE-----\n{BODY}\n-----END CERTIFICATE-----",
        f"-----BEGIN PUBLIC KEY-----\n{BODY}\n-----END PUBLIC KEY-----",
        'if "-----BEGIN PRIVATE KEY-----" in text: return',
        "the line -----BEGIN PRIVATE KEY----- comes first",
    ],
)
def test_certificates_public_keys_and_talk_of_keys_stay(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:{}@db:5432/x?sslmode=require", "G0dsd9ysT0"),
        ("mongodb+srv://svc:{}@cluster0.ab.mongodb.net/", "vtv5j7d$YOgn"),
        ("redis://:{}@cache:6379/0", "9DJf1JbR6X"),
        ("amqp://guest:{}@mq//: refused", "sTXA%23cbMq"),
        ("jdbc:postgresql://u:{}@h/db", "p@ss9x"),
        ("https://x-access-token:{}@github.com/a/b.git", "notelling1"),
        ("next=https%3A%2F%2Fbob%3A{}%40host%2F", "Zx81lqaa"),
        (
            "https://a.blob.core.windows.net/c?sv=1&sr=b&sig={}",
            "vUAVpt8aEQ3sVeM6GlZgZeuVeP4tTXUhaxme5NWUL5s%3D",
        ),
        ("postgres://app:{}@db.internal/x", "masterkey"),
        ("redis://:{}@h", "apitoken1"),
        ("https://bot:{}@h/x", "accesskey9"),
        ("postgres://u:{}@h", "jwt_secret"),
        ("twilio://u:{}@api.example.com", "AuthToken"),
        ("amqp://svc:{}@Rabbit", "HunterPass"),
        ("https://u:{}@hostname", "GoodKey"),
        ("https://u:{}@hostname:443/x", "GoodKey"),
        ("smtp://u:{}@example.com", "sendingPassword"),
        ("https://u:{}@HostnameOne:443/x", "AuthToken"),
        ("https://u:{}@APIKeys/x", "AuthToken"),
        ("smtp://u:{}@Mailhost:25", "JohnsKey"),
        ("redis://u:{}@Cache/0", "AuthToken"),
        ("redis://u:{}@ShortCode:6379/0", "AuthToken"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature={}", "0f" * 32),
    ],
)
def test_what_lets_in_is_found_in_urls(text: str, secret: str) -> None:
    assert REDACTOR.text(text.format(secret)) == text.format("<SECRET>")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "http://user:password@host/",
            "postgres://u:${DB_PASSWORD}@db/x",
            "https://u:<pass>@h",
            "redis://:***@h",
        ),
        *(
            "http://host:8080/a@b",
            "twilio://AccountSid:AuthToken@FromPhoneNo",
            "vonage://ApiKey:ApiSecret@FromPhoneNo/ToPhoneNo",
            "wechat://CorpID:AppSecret@AgentID",
            "sessions://public_key:seed@hostname:80/room",
            "parseps://AppID:MasterKey@Hostname<br/>",
            "ringc://PhoneNo:JWTToken@ClientID/ToPhoneNo",
            "onesignal://TemplateID:AppID@APIKey/UserID",
            "mailto://mySendingUsername:mySendingPassword@example.com?to=x",
            "scp user@host:/path/file1234",
            "git@github.com:org/repo.git",
            "https://x.y/?mail=a:b@c",
        ),
    ],
)
def test_urls_without_a_password_stay(text: str) -> None:
    assert REDACTOR.text(text) == text


BASIC = b64encode(b"bob:" + b"Zx81lq!").decode()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Authorization: Bearer abcdef.ghijkl-mnop", "Authorization: Bearer <SECRET>"),
        ("get(u, auth=('user', 'passage'))", "get(u, auth=('user', '<SECRET>'))"),
        ("authorization: bearer q7Zt81LmXw0PbR4n", "authorization: bearer <SECRET>"),
        (f"sent Basic {BASIC} to it", "sent Basic <SECRET> to it"),
        ("{'authorization': 'Bearer q7Zt81LmXw0PbR4n'}", "{'authorization': 'Bearer <SECRET>'}"),
        ("`Bearer q7Zt81LmXw0PbR4n`", "`Bearer <SECRET>`"),
        ("Set-Cookie: sid=38afes7a8h2k3l; HttpOnly; Path=/", "Set-Cookie: sid=<SECRET>; HttpOnly; Path=/"),
        ("Cookie: a=298zf09hf012fh2; csrftoken=u32t4o3tb3; b=1", "Cookie: a=<SECRET>"),
        ("curl -s -u bob:Zx81lq! https://h", "curl -s -u bob:<SECRET> https://h"),
        ("curl --user 'bob:Zx81lq!' https://h", "curl --user 'bob:<SECRET>' https://h"),
        ("mysql -uroot -pXy12zzq db", "mysql -uroot -p<SECRET> db"),
        ("mysqldump -h h -p'Vel vet90$' t", "mysqldump -h h -p'<SECRET>' t"),
        ("sshpass -p Xy12zzq ssh h", "sshpass -p <SECRET> ssh h"),
        ("docker login -u u -p Xy12zzq r", "docker login -u u -p <SECRET> r"),
        ("http --auth bob:Zx81lq! GET h", "http --auth bob:<SECRET> GET h"),
        ("db.internal:5432:prod:app:Xy12zzq", "db.internal:5432:prod:app:<SECRET>"),
        ("my password's Blue7bird! btw", "my password's <SECRET> btw"),
        ("podman login -u u -p Xy12zzq r", "podman login -u u -p <SECRET> r"),
        ("wget --user=u --password=openwindow h", "wget --user=u --password=<SECRET> h"),
        ("openssl enc -aes-256-cbc -k Xy12zzq -in a", "openssl enc -aes-256-cbc -k <SECRET> -in a"),
        ("openssl rsa -passin pass:Xy12zzq -in a", "openssl rsa -passin pass:<SECRET> -in a"),
        ("ldapsearch -x -D cn=a -w Xy12zzq -b dc", "ldapsearch -x -D cn=a -w <SECRET> -b dc"),
        ("htpasswd -cb f ann Xy12zzq", "htpasswd -cb f ann <SECRET>"),
        ("htpasswd -nb ann Xy12zzq", "htpasswd -nb ann <SECRET>"),
        ("htpasswd -c -b f ann Xy12zzq", "htpasswd -c -b f ann <SECRET>"),
        (r"net use Z: \\h\s Xy12zzq /user:u", r"net use Z: \\h\s <SECRET> /user:u"),
        ("smbclient //h/s -U u%Xy12zzq", "smbclient //h/s -U u%<SECRET>"),
        ("sqlcmd -S h -U sa -P Xy12zzq", "sqlcmd -S h -U sa -P <SECRET>"),
        ("unzip -P Xy12zzq a.zip", "unzip -P <SECRET> a.zip"),
        ("mongosh -u u -p Xy12zzq h", "mongosh -u u -p <SECRET> h"),
        ("htpasswd -nb ann Xy12zzq then restart", "htpasswd -nb ann <SECRET> then restart"),
        ("htpasswd -nb ann Xy12zzq 2>/dev/null", "htpasswd -nb ann <SECRET> 2>/dev/null"),
        ("htpasswd -nb ann Xy12zzq # add her", "htpasswd -nb ann <SECRET> # add her"),
        ("htpasswd -b f ann Xy12zzq # add her", "htpasswd -b f ann <SECRET> # add her"),
        ("htpasswd -nbBC 10 ann Xy12zzq", "htpasswd -nbBC 10 ann <SECRET>"),
        ("htpasswd -B -C 10 -b f 'ann' Xy12zzq x", "htpasswd -B -C 10 -b f 'ann' <SECRET> x"),
        ("mongo -u root -p 12345678", "mongo -u root -p <SECRET>"),
        ("mongo -u root -p /Secret1!", "mongo -u root -p <SECRET>"),
        ("ldappasswd -x -s Xy12zzq", "ldappasswd -x -s <SECRET>"),
        ("curl 'http://h/?a=1&b=2' -u bob:Zx81lq!", "curl 'http://h/?a=1&b=2' -u bob:<SECRET>"),
        ("zip -P 123456 a.zip b", "zip -P <SECRET> a.zip b"),
        ("[::1]:5432:db:bob:Xy12zzq", "[::1]:5432:db:bob:<SECRET>"),
        ("db_:5432:db:bob:Xy12zzq", "db_:5432:db:bob:<SECRET>"),
        ("db:5432:2024:bob:Xy12zzq", "db:5432:2024:bob:<SECRET>"),
        ("rabbitmqctl add_user u Xy12zzq", "rabbitmqctl add_user u <SECRET>"),
        ("keytool -list -storepass Xy12zzq", "keytool -list -storepass <SECRET>"),
        ("echo 'bob:Xy12zzq' | sudo chpasswd", "echo 'bob:<SECRET>' | sudo chpasswd"),
        ('ConvertTo-SecureString "Xy12zzq" -AsPlainText', 'ConvertTo-SecureString "<SECRET>" -AsPlainText'),
        ("staging login is bob@h.io / xGf.!9YlHY — dont", "staging login is bob@h.io / <SECRET> — dont"),
        ("creds: admin:Zx81lq!", "creds: admin:<SECRET>"),
        ('curl "-u bob:Zx81lq!" https://h', 'curl "-u bob:<SECRET>" https://h'),
        ("ldapsearch -x -D cn=a -wXy12zzq -b dc", "ldapsearch -x -D cn=a -w<SECRET> -b dc"),
        ("zip -P 4821 a.zip b", "zip -P <SECRET> a.zip b"),
        ("unzip -o -P 48213 a.zip", "unzip -o -P <SECRET> a.zip"),
        ("mongosh -u root -p 4821 h", "mongosh -u root -p <SECRET> h"),
        ("mongo h --username root --password 48213", "mongo h --username root --password <SECRET>"),
    ],
)
def test_credentials_of_http_and_of_commands_are_found(text: str, redacted: str) -> None:
    assert REDACTOR.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "get(url, auth=('user', 'pass'))",
        "requests.get(url, auth=('kai', 'your-password'))",
        *(
            "Bearer authentication is required",
            "basic understanding",
            "Basic authentication",
            "bearer of bad news",
        ),
        *(
            "Cookie: lang=english",
            "cookie: true",
            "docker run -p 8080:80 x",
            "curl -u $USER:$PASS h",
            "mysql -P 3306",
        ),
        *(
            "mysql -u root -p",
            "curl '-u $USER:$PW' h",
            "zip -P 5000",
            "gzip -P 5000 a b",
            "zip -P 482 a.zip b",
            "mongo -u $(id -u) -p 27017:27017",
            "docker run -u 1000 -p 27017 mongo",
            "docker run --name mongo -u 1000 -p 27017:27017 x",
            "docker run -u 1000:1000 x",
            "login: failed / retrying",
            "creds: admin: missing",
            "mysql -u root -p${DB_PW} db",
            "login is required / later",
            "openssl s_client -connect h:443",
            "ldapsearch -x -W -b dc=ex",
            "wget --password=$PW h",
            "http -a $USER:$PW h",
            "listen on 0.0.0.0:5432: refused",
            "ports: postgres:5432:5432:a:bbbb",
            " :5432:prod:app:Xy12zzq",
            "htpasswd -c f ann Xy12zzq",
            "the password's length is 12",
            "unzip -p a.zip file.txt",
            "mongo -port 27017",
            "docker run --name mongo -p 27017:27017 mongo:7",
            "mongodump --out x && mkdir -p /data/db",
            "echo name:value | cat",
            "htpasswd -B f ann Xy12zzq",
            "mysql -h h -P3307 -u root",
            "htpasswd -b f ann # and then",
            "mongo && mkdir -p data/db",
            "mongo: mkdir -p data/db",
            "apt install mongodb && mkdir -p backups/mongo",
            "apt install mongodb, cp -p backups/mongo x",
            "curl -fsS h && docker run -u 1000:1000 x",
            "docker run --name mongo -p 27017:27017/tcp mongo",
            "docker run --name mongo -p $PORT:8081 mongo",
            "docker run --name mongo -p 8081-8083:8081 mongo",
            "docker run --name mongo -p [::]:80:80 mongo",
            "docker run --name mongo -p 27017 mongo",
            "ldapsearch -s base -b dc=ex",
            "ldapsearch -s subtree",
            "ldapsearch -W -s onelevel",
            "xargs gzip -P 1000",
            "xargs zip -P 5000",
            "xargs gzip -P abcde",
            "openssl s_client -k mykeyfile.pem",
            "openssl enc -k keyfile.txt",
            "openssl enc -k yourpassword",
            "keytool -list -storepass changeit",
            "smbclient //h/s -U user%password",
            "main.c:5432:12:a:bbbb",
            r"net use Z: \\h\s /user:u",
        ),
    ],
)
def test_talk_of_http_and_commands_without_secrets_stay(text: str) -> None:
    assert REDACTOR.text(text) == text
