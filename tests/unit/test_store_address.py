"""The address of a ClickHouse: what it may say, and what of it is never shown."""

from __future__ import annotations

import pytest

from kansoku.errors import SettingError
from kansoku.store.clickhouse.address import Address, address_of

SECRET = "s3cr3t/@:"
WHOLE = "clickhouse://us%40er:s3cr3t%2F%40%3A@ch.example:9123/da%20ta?cluster=prod&quorum=2&verify=false&ca=/c.pem"


def test_every_part_is_read() -> None:
    assert address_of(WHOLE, {}) == Address(
        "ch.example",
        9123,
        user="us@er",
        password=SECRET,
        database="da ta",
        cluster="prod",
        ca="/c.pem",
        verify=False,
        quorum="2",
    )


def test_what_is_left_out_is_clickhouses_own_default() -> None:
    assert address_of("clickhouse://ch", {}) == Address("ch", 8123, "default", "", "default", quorum="auto")


@pytest.mark.parametrize("text", ["clickhouses://ch/db", "clickhouse://ch/db?secure=true"])
def test_tls_has_its_own_port_and_checks_the_certificate(text: str) -> None:
    found = address_of(text, {})
    assert (found.secure, found.port, found.verify) == (True, 8443, True)


def test_the_password_comes_from_the_environment_where_the_address_tells_none() -> None:
    environment = {"KANSOKU_STORE_PASSWORD": "other"}
    assert address_of("clickhouse://u@ch", environment).password == "other"
    assert address_of(WHOLE, environment).password == SECRET


def test_the_secret_is_in_nothing_that_is_printed() -> None:
    found = address_of(WHOLE, {})
    assert found.shown == "clickhouse://us@er@ch.example:9123/da ta?cluster=prod"
    assert "s3cr3t" not in repr(found) + found.shown


def test_an_ipv6_address_is_one_host() -> None:
    found = address_of("clickhouse://[::1]:8124/db", {})
    assert (found.host, found.port) == ("::1", 8124)
    assert found.shown == "clickhouse://default@[::1]:8124/db"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://u:s3cr3t@ch/db", "does not begin with clickhouse:// or clickhouses://"),
        ("clickhouse:///db", "names no host"),
        ("clickhouse://u:s3cr3t@ch:port/db", "is no address; write it as in clickhouse://user@host"),
        ("clickhouse://u:s3cr3t@ch:99999/db", "is no address"),
        ("clickhouse://u:s3cr3t@[::1/db", "is no address"),
        ("clickhouse://u:s3cr3t@ch/db/other", "names more than one database"),
        ("clickhouse://u:s3cr3t@ch/db?clutser=prod", "has the unknown option clutser; use one of cluster,"),
        ("clickhouse://u:s3cr3t@ch/db?secure=yes", "has secure=yes; use true or false"),
        ("clickhouse://u:s3cr3t@ch/db?quorum=-1", "has quorum=-1; use auto or a number of replicas"),
        ("clickhouse://u:s3cr3t@ch/db?quorum=2;DROP", "has quorum=2;DROP"),
        ("clickhouse://u:s3cr3t@ch/db?cluster", "is no address"),
    ],
)
def test_a_wrong_address_is_told_with_its_mend_and_without_its_secret(text: str, why: str) -> None:
    with pytest.raises(SettingError) as told:
        address_of(text, {})
    assert str(told.value).startswith(f"--store: the address {why}")
    assert "s3cr3t" not in str(told.value)
