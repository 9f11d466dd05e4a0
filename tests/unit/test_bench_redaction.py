"""The redaction benchmark itself: its check digits, its documents, its judging, its figures."""

import json
import random
from pathlib import Path

import pytest

from bench.redaction.breakage import broken, json_texts
from bench.redaction.case import cases, hostile, own_line
from bench.redaction.disguise import DISGUISES
from bench.redaction.document import Document, lines_of, read_documents
from bench.redaction.entity import STRICT
from bench.redaction.faults import fault_lines
from bench.redaction.generator import HARMLESS, PLANTED, documents, filled
from bench.redaction.ordinary import is_author
from bench.redaction.score import Tally, covered, overlap, scored
from bench.redaction.table import score_lines
from bench.redaction.values import check
from bench.redaction.values.slot import SLOTS
from kansoku.redact.finding import Finding


def test_check_digits_are_those_of_published_examples() -> None:
    assert check.luhn("7992739871") == "3"
    assert check.iban("DE", "370400440532013000") == "DE89370400440532013000"
    assert check.iban("GB", "WEST12345698765432") == "GB82WEST12345698765432"
    assert check.ean("978316148410") == "0"
    assert check.verhoeff("236") == "3"
    assert check.my_number("12345678901") == "8"
    assert check.corporate("000012050002") == "7"
    assert check.iso7064_11_10("8609574271") == "9"


@pytest.mark.parametrize("language", PLANTED)
def test_every_template_names_slots_that_there_are(language: str) -> None:
    for template in (*PLANTED[language], *HARMLESS[language]):
        pieces, worn = filled(template, random.Random(language))
        planted = {entity for _, entity in pieces if entity}
        assert "‹" not in "".join(text for text, _ in pieces)
        assert bool(planted) is (template in PLANTED[language])
        assert planted <= set(STRICT)
        assert worn == []


def test_one_seed_gives_one_set_of_documents() -> None:
    assert documents(7, 1) == documents(7, 1)
    assert documents(7, 1) != documents(8, 1)


def test_all_entities_languages_disguises_and_frames_come_up() -> None:
    made = documents(1, 8)
    kinds = {kind for each in made for kind in each.kind.split(", ")}
    worn = {disguise.__name__.replace("_", " ") for row in DISGUISES.values() for disguise in row}
    assert {label.entity for each in made for label in each.entities} == set(STRICT)
    assert {each.language for each in made} == {"en", "ja", "de"}
    assert worn <= kinds
    assert {"plain", "log line", "html", "json", "json in json", "ascii json"} <= kinds
    german = {kind for each in made if each.language == "de" for kind in each.kind.split(", ")}
    assert not {"wide", "wide digits"} & german
    assert {entity for entity, _ in SLOTS.values()} == {*STRICT, ""}


def test_a_label_is_just_what_was_planted() -> None:
    for each in documents(3, 2):
        for label in each.entities:
            planted = each.text[label.start : label.end]
            assert planted == planted.strip(" \"'<>,;。「」"), each


def test_what_is_framed_as_json_is_json() -> None:
    framed = [each for each in documents(2, 3) if "json" in each.kind.split(", ")[-1]]
    assert framed
    assert all(isinstance(json.loads(each.text), dict) for each in framed)


def test_documents_survive_a_file(tmp_path: Path) -> None:
    made = documents(5, 1)[::7]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(lines_of(made)), encoding="utf-8")
    assert read_documents(path) == made


def test_a_set_by_others_may_be_barer(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(
        '{"text":"連絡先 a@b.jp","entities":[[4,10,"EMAIL"]]}\n\n'
        '{"text":"a@b.jp","entities":[{"start":0,"end":6,"label":"EMAIL"}],"lang":"de"}\n',
        encoding="utf-8",
    )
    assert read_documents(path) == [
        Document("連絡先 a@b.jp", (Finding(4, 10, "EMAIL"),), "ja"),
        Document("a@b.jp", (Finding(0, 6, "EMAIL"),), "de"),
    ]


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"text":"a"}', '{"text":"a","entities":[[0,2,"EMAIL"]]}', '{"text":1,"entities":[]}']
)
def test_a_line_that_is_no_document_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f'{{"text":"a","entities":[]}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_documents(path)


def test_half_of_the_union_is_a_match_and_less_is_none() -> None:
    document = Document("x" * 30, (Finding(0, 10, "EMAIL"), Finding(20, 30, "EMAIL")), "en")
    score = scored([document], lambda _: [Finding(0, 20, "EMAIL"), Finding(24, 30, "EMAIL")], {"EMAIL"})
    assert score.by_entity() == {"EMAIL": Tally(matched=2, exact=0, missed=0, invented=0, leaked=1)}
    score = scored([document], lambda _: [Finding(0, 20, "EMAIL"), Finding(26, 30, "EMAIL")], {"EMAIL"})
    assert score.by_entity() == {"EMAIL": Tally(matched=1, exact=0, missed=1, invented=1, leaked=1)}
    assert overlap(Finding(0, 10, "A"), Finding(10, 20, "A")) == 0


def test_another_name_is_a_miss_and_a_false_hit_but_no_leak() -> None:
    document = Document("x" * 10, (Finding(0, 10, "EMAIL"),), "en")
    score = scored([document], lambda _: [Finding(0, 10, "PHONE")], {"EMAIL", "PHONE"})
    assert score.by_entity() == {"EMAIL": Tally(missed=1), "PHONE": Tally(invented=1)}
    assert score.mean_f1() == 0.0
    assert scored([document], lambda _: [Finding(0, 10, "PHONE")], {"PHONE"}).mean_f1() is None


def test_one_finding_matches_one_label() -> None:
    document = Document("x" * 10, (Finding(0, 5, "EMAIL"), Finding(5, 10, "EMAIL")), "en")
    score = scored([document], lambda _: [Finding(0, 10, "EMAIL")], {"EMAIL"})
    assert score.by_entity() == {"EMAIL": Tally(matched=1, missed=1)}


def test_ratios_are_those_of_their_definitions() -> None:
    tally = Tally(matched=6, exact=3, missed=2, invented=4)
    assert (tally.precision, tally.recall) == (0.6, 0.75)
    assert tally.f1 == pytest.approx(2 * 0.6 * 0.75 / (0.6 + 0.75))
    assert tally.exact_f1 == pytest.approx(6 / 18)
    assert (Tally().precision, Tally().recall, Tally(invented=3).f1) == (None, None, None)


def test_several_findings_may_cover_a_label_together() -> None:
    label = Finding(2, 8, "SECRET")
    assert covered(label, [Finding(5, 9, "A"), Finding(0, 5, "B")])
    assert not covered(label, [Finding(0, 5, "B"), Finding(6, 9, "A")])
    assert covered(label, [Finding(0, 9, "A"), Finding(1, 3, "B")])
    assert not covered(label, [])


def test_the_mean_counts_every_entity_alike_and_languages_apart() -> None:
    many = [Document("a@b.jp", (Finding(0, 6, "EMAIL"),), "ja") for _ in range(9)]
    one = Document("12", (Finding(0, 2, "PHONE"),), "en")
    score = scored([*many, one], lambda text: [Finding(0, 6, "EMAIL")] if "@" in text else [], STRICT)
    assert (score.mean_f1(), score.mean_f1("ja"), score.mean_f1("en")) == (0.5, 1.0, 0.0)
    assert any("EMAIL" in line and "1.000" in line for line in score_lines(score))


def test_faults_are_shown_in_their_surroundings_with_what_is_unseen() -> None:
    document = Document("call 090\u200b-1 now", (Finding(5, 11, "PHONE"),), "ja", "zero width")
    lines = list(fault_lines(scored([document], lambda _: [], STRICT), 5))
    assert lines == ["\nPHONE: missed, 1 in all", "  ja zero width: call ⟦090\\u200b-1⟧ now"]


def test_broken_json_is_told_from_changed_json() -> None:
    texts = json_texts([Document('{"a": 1}', (), "en"), Document("plain", (), "en")])
    assert len(texts) == 3
    assert broken(texts, lambda text: text.replace("plain", "<X>")) == []
    assert broken(texts, lambda text: text.replace('"', "")) == texts
    assert broken(['{"a": 1}', "[1]"], lambda _: "{}") == ['{"a": 1}', "[1]"]


def test_an_authors_address_is_no_false_hit_and_all_else_is() -> None:
    assert is_author("Guido.van-Rossum@python.org")
    assert not is_author("foo@bar")
    assert not is_author("x = a@b.org")


def test_timed_texts_have_the_size_and_form_that_they_say() -> None:
    by_name = {case.name: case for case in cases()}
    assert json.loads(own_line())["event"] == "api_call_success"
    assert len(by_name["JSON line 1 KB"].text) == pytest.approx(1_000, abs=60)
    assert json.loads(by_name["JSON line 1 KB"].text)["message"]
    for name in ("text 100 KB en", "text 100 KB ja"):
        assert len(by_name[name].text.encode()) == pytest.approx(100_000, abs=3)
    kinds = hostile()
    assert len(kinds) >= 10
    assert all(len(case.text.encode()) == pytest.approx(2_000_000, rel=0.001) for case in kinds)
