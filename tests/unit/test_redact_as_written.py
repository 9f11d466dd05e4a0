"""Texts as people and programs write them: what was missed in fresh ones, or found for nothing."""

import pytest

from kansoku.redact.redactor import Redactor

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
        ("パスワード：ｋｕｍａ８８！ｘ２", "SECRET", "ｋｕｍａ８８！ｘ２"),
    ],
)
def test_it_is_found(text: str, entity: str, value: str) -> None:
    assert [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)] == [(entity, value)]


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
        "Software license number: A1234567",
        "GRANT ALL TO kai IDENTIFIED BY '***'",
        "https://documentation-of-the-service@example.com/",
    ],
)
def test_it_is_nothing(text: str) -> None:
    assert REDACTOR.find(text) == []
