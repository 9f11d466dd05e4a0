"""Numbers that one turn of a talk asks for and another tells."""

import json

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()
MINE, LICENSE, ACCOUNT = "695272868881", "301234560050", "4820175"


def messages(*said: str) -> list[dict[str, str]]:
    """Messages of both in turns, the last by the user."""
    return [
        {"role": ("user", "assistant")[(len(said) - at) % 2 == 0], "content": text}
        for at, text in enumerate(said)
    ]


ASKED = [
    ("マイナンバーを教えてください。", MINE, "<MY_NUMBER>"),
    ("個人番号の記入が要ります。番号をお願いします。", f"はい、{MINE}です", "はい、<MY_NUMBER>です"),
    ("What is your My Number?", f"it's {MINE}.", "it's <MY_NUMBER>."),
    ("お手元の免許証番号をお願いします。", "3012 3456 0050", "<DRIVER_LICENSE>"),
    ("Please send the driver's license number", f"{LICENSE}, thanks", "<DRIVER_LICENSE>, thanks"),
    ("DRIVING LICENCE NUMBER PLEASE", LICENSE, "<DRIVER_LICENSE>"),
    ("WHAT IS YOUR INDIVIDUAL NUMBER?", MINE, "<MY_NUMBER>"),
    ("口座番号は何桁でしたっけ", f"なら{ACCOUNT}で合ってますね", "なら<BANK_ACCOUNT>で合ってますね"),
    ("振込先の口座番号を伺えますか?", f"えっと、{ACCOUNT}です", "えっと、<BANK_ACCOUNT>です"),
]
WAITED = [(asked, "ちょっと待って", "はい、ごゆっくり", told, redacted) for asked, told, redacted in ASKED]


@pytest.mark.parametrize("talk", [*ASKED, *WAITED])
@pytest.mark.parametrize("roles", [("bot", "user"), ("担当", "お客様"), ("A", "B")])
def test_a_number_is_found_in_the_lines_below_the_question(
    talk: tuple[str, ...], roles: tuple[str, str]
) -> None:
    *asked, told, redacted = talk
    lines = [f"{roles[at % 2]}: {line}" for at, line in enumerate((*asked, told))]
    above = "\n".join(lines[:-1])
    assert REDACTOR.text(f"{above}\n{lines[-1]}\n") == f"{above}\n{roles[len(asked) % 2]}: {redacted}\n"


@pytest.mark.parametrize("talk", [*ASKED, *WAITED])
def test_a_number_is_found_in_the_message_below_the_question(talk: tuple[str, ...]) -> None:
    *asked, told, redacted = talk
    given, expected = messages(*asked, told), messages(*asked, redacted)
    assert REDACTOR.redact(given) == expected
    assert json.loads(REDACTOR.text(json.dumps(given))) == expected
    assert json.loads(REDACTOR.redact_json(json.dumps(given, ensure_ascii=False))) == expected


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("マイナンバーカードの受付番号を教えてください", MINE),
        ("お問い合わせ番号を教えてください", MINE),
        ("マイナンバーを教えてください", "695272868882"),
        ("免許証番号ではなく、会員番号をお願いします", LICENSE),
        ("免許証番号をお願いします", f"{LICENSE}円"),
        ("免許証番号をお願いします", f"受付は{LICENSE}"),
        ("口座番号をお願いします", "4820175円です"),
        ("口座番号をお願いします", "48201751です"),
        ("注文番号をお願いします", "4820175です"),
    ],
)
def test_other_numbers_stay(asked: str, told: str) -> None:
    asked = (
        f"{asked}。恐れ入りますが、手続きに要りますので、この窓にそのままご記入いただけますと大変助かります。"
    )
    text = f"bot: {asked}\nuser: {told}"
    assert REDACTOR.text(text) == text
    assert REDACTOR.redact(messages(asked, told)) == messages(asked, told)


def test_nobody_asks_himself_and_what_is_far_above_is_forgotten() -> None:
    own = [{"role": "user", "content": "免許証番号は?"}, {"role": "user", "content": LICENSE}]
    assert REDACTOR.redact(own) == own
    talk = messages("免許証番号をお願いします", "少し待って", "はい", "まだです", "はい", LICENSE)
    assert REDACTOR.redact(talk) == talk
