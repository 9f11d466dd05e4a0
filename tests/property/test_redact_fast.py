"""The fast scan finds what the plain one finds: the same places, so the same findings."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.redact.detectors import STRICT
from kansoku.redact.folded import Folded, folded
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import PlainScan, triggers

pytest.importorskip("hyperscan", reason="hyperscan is not installed")

from kansoku.redact.fast import FastScan, fast_scan

WANTED = triggers(STRICT)
PLAIN = PlainScan(WANTED)
PIECES = (
    *(word for word, _ in WANTED.words),
    *"0123456789 -.()/:=@\"'\\{}[],\n\t_+",
    *"あいアー〒東京都電話－（）　\u00a0\u200b\u2010\u212aİſß",
    "090-1234-5678",
    "4242 4242 4242 4242",
    "taro@example.jp",
    "０３－１２３４－５６７８",
    "password",
    "TOKEN",
    "DE89",
    "AB1234567",
    "1 2 3 4 5 6 7 8",
)


def _fast() -> FastScan:
    made = fast_scan()
    assert made is not None
    scan = made(WANTED)
    assert isinstance(scan, FastScan)
    return scan


def _refuse(text: str) -> NoReturn:
    raise AssertionError(f"the fast scan failed on {text!r}")


FAST = _fast()
FAST._plain = _refuse  # pyright: ignore[reportPrivateUsage]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_the_places_are_the_same(text: str) -> None:
    assert sorted(set(FAST(text))) == sorted(set(PLAIN(text)))


@given(st.text())
def test_the_places_are_the_same_in_any_text(text: str) -> None:
    assert sorted(set(FAST(text))) == sorted(set(PLAIN(text)))


SIGNS = (
    *"あ亜A9 \n\uff1a\uff08\u2019\u2020\ufeff\u00ad\u034f\u061c\u180e\u200b\u2064\ufe0f",
    *"\uff11\uff20\uff3a\uff41\uff5b\uff5eé\U0001f600〇零\\",
    *("番号", "マイナンバー", "は「", "一二三四", "\\u0040", "\\u", "090-1234-5678"),
)


@given(st.lists(st.sampled_from(SIGNS), max_size=6).map("".join), st.integers(0, 300))
def test_what_is_said_to_read_the_same_folded_does(text: str, at: int) -> None:
    long = "荷物の到着" * 60
    for whole in (text, f"{long[:at]}{text}{long[at:]}"):
        places = FAST.as_written(whole)
        assert places is None or folded(whole) == Folded(whole)
        assert places is None or sorted(set(places)) == sorted(set(PLAIN(whole)))


def test_japanese_is_known_to_read_the_same_and_what_is_wide_is_not() -> None:
    text = "お客様から（荷物の到着が）ご連絡をいただきました：番号は090-1234-5678です。" * 20
    assert FAST.as_written(text) is not None
    for told in ("１", "\u200b", "〇", "番号一二三四", "\\u3042"):
        assert FAST.as_written(text + told) is None


@pytest.mark.parametrize(
    "before", ["", '"', 'あ"', "x=", "k: ", "' 'あ: ", "あ", "aB ", f"{'c' * 511} ", f"{'c' * 512} "]
)
@pytest.mark.parametrize("size", [511, 512, 1200])
def test_the_places_of_long_runs_are_the_same(before: str, size: int) -> None:
    text = f"{before}{'aB3+' * 300}"[: len(before) + size] + '" taro@example.jp 090-1234-5678'
    assert sorted(set(FAST(text))) == sorted(set(PLAIN(text)))
    assert len(list(FAST(text * 20))) == len(set(PLAIN(text * 20)))


def test_the_places_of_every_shape_are_the_same() -> None:
    text = """DE89 AB1234567 X-1234567 Y7654321 B-1234567 12345678-A 12345678A RSSMRA85T QQ 12 34 QQ123456C
?31DE12 010180-123A 12345678901234567X 65 170839 J ABCD010180H 123456-123456-123456-1 xDE89 口FR76 9AB1 DE8"""
    places = sorted(set(PLAIN(text)))
    assert sorted(set(FAST(text))) == places
    assert len({at for at, rank in places if rank >= 0}) >= 16


def test_ten_thousand_documents_have_the_same_findings() -> None:
    fast = Redactor(mode="strict", scan=lambda _: FAST)
    plain = Redactor(mode="strict", scan=PlainScan)
    pick = random.Random(11)
    found = 0
    for most in (8, 20, 60, 8, 20) * 2_000:
        text = "".join(pick.choices(PIECES, k=pick.randrange(1, most)))
        findings = fast.find(text)
        assert findings == plain.find(text), text
        found += len(findings)
    assert found > 500


@pytest.mark.parametrize("between", ["\n", "、", "あ" * 30, " a", "ー", "-"])
@pytest.mark.parametrize("count", [1, 30, 40, 900])
def test_the_places_are_the_same_however_many_numbers_there_are(between: str, count: int) -> None:
    text = "taro@example.jp" + between.join(f"{n:04d}-{n:05d}" for n in range(count))
    assert sorted(set(FAST(text))) == sorted(set(PLAIN(text)))
    assert len(set(PLAIN(text))) >= (2 if between in "-ー" else count)


def test_many_threads_share_one_scan() -> None:
    texts = [f"{'x' * n} taro{n}@example.jp 090-1234-{n:04d} " * 20 for n in range(200)]
    expected = [sorted(set(PLAIN(text))) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert [sorted(set(places)) for places in pool.map(FAST, texts)] == expected


class _Broken:
    """A database that cannot scan; with a wrong scratch space the library reads memory that is none."""

    def __init__(self) -> None:
        self.asked = 0

    def scan(self, *_: object, **_named: object) -> NoReturn:
        self.asked += 1
        raise RuntimeError("scratch in use")


def test_a_scan_that_fails_is_done_plainly() -> None:
    scan = _fast()
    broken = [_Broken() for _ in scan._databases]  # pyright: ignore[reportPrivateUsage]
    scan._databases[:] = broken  # pyright: ignore[reportPrivateUsage]
    scan._pool.append([None for _ in broken])  # pyright: ignore[reportPrivateUsage]
    text = "taro@example.jp"
    assert sorted(set(scan(text))) == sorted(set(PLAIN(text)))
    assert [one.asked for one in broken] == [1, 0]


@pytest.mark.parametrize(
    "text",
    [
        "あ12345678、い　12345678、12345678",
        "番号1　2345678と　2345678、2345678",
        "　　　　　1234567　　　1234567",
        "8　　　　1234567と　　1234567",
        "paSsWord あPASSWORD、password",
        "あAB1234567いAB1234567、xAB1234567",
        "😀090-1234-5678😀@a@",
    ],
)
def test_alike_places_are_told_apart_in_japanese(text: str) -> None:
    long = f"{text}{'荷物の到着' * 50}\n{text}"
    assert sorted(set(FAST(long))) == sorted(set(PLAIN(long)))
    assert len(set(PLAIN(long))) >= 2


def test_half_a_pair_is_replaced_whatever_scans() -> None:
    text = f"{'荷物の到着' * 50}\ud83d 090-1234-5678"
    for redactor in (Redactor(), Redactor(scan=PlainScan)):
        assert redactor.text(text) == f"{'荷物の到着' * 50}? <PHONE>"
