"""Pseudonyms: stable, bound to the key, and nothing of the id in them."""

import hmac
import re
from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.emit.cleaning import Cleaner
from kansoku.errors import SettingError
from kansoku.record.facts import Place, Surroundings, TaskRun
from kansoku.redact.pseudonym import Pseudonyms, as_received
from kansoku.redact.redactor import Redactor

KEYS = st.binary(min_size=16, max_size=64)
IDS = st.text(min_size=1, max_size=80)
KEY = b"0123456789abcdef"


@given(KEYS, IDS)
def test_a_pseudonym_is_stable_and_of_one_form(key: bytes, user: str) -> None:
    made = Pseudonyms(key).of("user_id", user)
    assert made is not None
    assert made == Pseudonyms(key).of("user_id", user)
    assert re.fullmatch(r"u_[a-z2-7]{26}", made)
    digest = hmac.new(key, b"u\0" + user.encode(errors="surrogatepass"), "sha256").digest()
    assert made == "u_" + b32encode(digest).decode().lower()[:26]


@given(KEYS, KEYS, IDS, IDS)
def test_other_keys_and_other_users_have_other_pseudonyms(a: bytes, b: bytes, one: str, two: str) -> None:
    mine = Pseudonyms(a).of("user_id", one)
    assert (mine == Pseudonyms(b).of("user_id", one)) == (a.ljust(64, b"\0") == b.ljust(64, b"\0"))
    assert (mine == Pseudonyms(a).of("user_id", two)) == (one == two)


@given(KEYS, st.text(min_size=6, max_size=80))
def test_the_id_is_not_in_its_pseudonym(key: bytes, user: str) -> None:
    made = Pseudonyms(key).of("user_id", user)
    assert made is not None
    assert user not in made


@given(st.emails())
def test_users_with_addresses_for_ids_stay_apart(address: str) -> None:
    run = TaskRun(
        place=Place(1, 2),
        started_unix_ns=0,
        duration_s=0,
        name="t",
        label="completed",
        around=Surroundings(user_id=address, session_id=address),
    )
    with_key = Cleaner(Redactor(), Pseudonyms(KEY)).clean(run).around
    assert with_key.user_id == Pseudonyms(KEY).of("user_id", address)
    assert with_key.session_id == Redactor().text(address)
    assert Cleaner(Redactor()).clean(run).around.user_id == Redactor().text(address)


def test_sessions_get_pseudonyms_when_asked_and_not_those_of_users() -> None:
    both = Pseudonyms(KEY, sessions=True)
    assert Pseudonyms(KEY).of("session_id", "x") is None
    assert (both.of("session_id", "x") or "").startswith("s_")
    assert (both.of("session_id", "x") or "")[2:] != (both.of("user_id", "x") or "")[2:]
    assert both.of("feature", "x") is None
    assert both.of("user_id", "") is None


def test_a_received_pseudonym_is_not_made_one_again_but_a_given_text_of_its_form_is() -> None:
    names = Pseudonyms(KEY)
    made = str(names.of("user_id", "u-17"))
    assert names.of("user_id", as_received(made)) == made
    assert names.of("user_id", made + "") != made
    assert names.of("user_id", as_received("u-17")) == made


def test_a_short_key_is_refused_without_being_told() -> None:
    with pytest.raises(SettingError, match="16") as refused:
        Pseudonyms("hunter2hunter2!")
    assert "hunter" not in str(refused.value)
    assert "0123" not in repr(Pseudonyms(KEY)) + str(vars(Pseudonyms(KEY)))
