"""A stream in any pieces gives the text that redaction of the whole gives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.redact.finding import Finding
from kansoku.redact.redactor import FAILED, Redactor

REDACTOR = Redactor()
WORDS = st.sampled_from(
    [
        "hello ",
        "メールは",
        "taro@example.jp",
        " 090-1234-5678 ",
        "4242 4242 4242 4242",
        "sk-ant-" + "api03-abcdefgh",
        "、",
        "\n",
        "1 2 3 ",
        "０３－１２３４－５６７８",
        "\u200b",
        "word " * 5,
    ]
)


@given(text=st.lists(WORDS, max_size=60).map("".join), size=st.integers(1, 50))
@settings(max_examples=300)
def test_pieces_give_what_the_whole_gives(text: str, size: int) -> None:
    stream = REDACTOR.stream(tail=64)
    pieces = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join((*pieces, stream.close())) == REDACTOR.text(text)


def test_text_comes_out_before_the_end() -> None:
    stream = REDACTOR.stream(tail=16)
    assert stream.feed("ordinary words, and more of them " * 4).startswith("ordinary words")


def test_a_finding_longer_than_the_tail_is_held_until_it_ends() -> None:
    stream = REDACTOR.stream(tail=16)
    given = [
        stream.feed(piece)
        for piece in ("key sk-ant-", "a" * 100, "b" * 100, " and more words, many, in the end")
    ]
    assert "aa" not in "".join(given)
    assert "".join((*given, stream.close())) == "key <SECRET> and more words, many, in the end"


def test_a_finding_without_end_is_masked() -> None:
    failures: list[int] = []
    stream = Redactor(on_failure=failures.append).stream(tail=16)
    given = [stream.feed("sk-ant-" + "a" * 200_000), stream.feed("b" * 200_000)]
    assert given == ["", FAILED]
    assert failures == [1]


def test_a_recognizer_that_raises_masks_what_is_held() -> None:
    def raises(text: str) -> list[Finding]:
        raise RuntimeError(text)

    stream = Redactor(recognizers=[raises]).stream(tail=4)
    assert stream.feed("hidden words, many") == FAILED
    assert stream.close() == ""
