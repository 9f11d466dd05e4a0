"""What was masked is counted: facts and log lines in the application, texts at the server's door."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

import kansoku
import kansoku.testing
from kansoku.emit.cleaning import _MOST_KNOWN, Cleaner
from kansoku.emit.json_lines import Entry, LineWriter
from kansoku.receive.door import Door
from kansoku.record.facts import AgentRun, Call, Fact, Feedback, Place, Surroundings, TaskRun
from kansoku.redact.pseudonym import Pseudonyms
from kansoku.redact.redactor import Redactor
from kansoku.store.segments import Signal

PERSON = "taro@example.com"
WHERE: Any = {"place": Place(1, 2), "started_unix_ns": 5}
TOOK: Any = WHERE | {"duration_s": 1.0}

CALLED: Any = TOOK | {"operation": "chat", "provider": "anthropic", "outcome": "ok"}

MASKED: tuple[Fact, ...] = (
    Call(**CALLED, request_model=PERSON),
    Call(**CALLED, request_model="m", tool_names=("search", PERSON)),
    Call(**CALLED, request_model="m" * 600, response_model=PERSON),
    Call(**CALLED, request_model="m", error_message=f"no {PERSON}"),
    Feedback(**WHERE, label="up", comment=f"write to {PERSON}"),
    Feedback(**WHERE, label="up", around=Surroundings(user_id=PERSON)),
    AgentRun(**TOOK, agent="agent", outcome="error", error_message=f"{PERSON} {'word ' * 200}"),
    TaskRun(**TOOK, name="answer", label="completed", attributes=(("mail", PERSON),)),
)
UNMASKED: tuple[Fact, ...] = (
    Feedback(**WHERE, label="up", comment="thanks", around=Surroundings(user_id="u-17")),
    AgentRun(**TOOK, agent="agent", outcome="error", error_message="word " * 200),
    TaskRun(**TOOK, name="answer", label="completed", attributes=(("tier", "gold"), ("n", 3))),
)


@pytest.mark.parametrize("fact", MASKED)
def test_a_fact_with_something_masked_counts_once_each_time(fact: Fact) -> None:
    counted: list[int] = []
    cleaner = Cleaner(Redactor(), on_masked=lambda: counted.append(1))
    for _ in range(2):  # what is remembered counts as well
        assert PERSON not in repr(cleaner.clean(fact))
    assert counted == [1, 1]


def test_a_call_is_not_taken_for_one_that_differs_in_a_word() -> None:
    cleaner = Cleaner(Redactor())
    models, tools = ("m", PERSON, "n", "m"), ((), ("search",), (PERSON,))
    calls = [Call(**CALLED, request_model=model, tool_names=names) for model in models for names in tools]
    by_itself = [Cleaner(Redactor()).clean(call) for call in calls]
    assert [cleaner.clean(call) for call in calls] == by_itself


def test_words_of_calls_are_remembered_up_to_a_bound() -> None:
    remembering = Cleaner(Redactor())
    for number in range(3_000):
        remembering.clean(Call(**CALLED, request_model=f"m{number}"))
    assert 0 < len(remembering._known) <= _MOST_KNOWN
    before = len(remembering._known)
    remembering.clean(Call(**CALLED, request_model="m" * 10_000))
    assert len(remembering._known) == before


@pytest.mark.parametrize("fact", UNMASKED)
def test_a_fact_that_is_only_cut_or_kept_does_not_count(fact: Fact) -> None:
    counted: list[int] = []
    Cleaner(Redactor(), on_masked=lambda: counted.append(1)).clean(fact)
    assert counted == []


def test_a_pseudonym_is_no_mask() -> None:
    counted: list[int] = []
    cleaner = Cleaner(Redactor(), Pseudonyms("k" * 16), lambda: counted.append(1))
    person = Feedback(**WHERE, label="up", around=Surroundings(user_id=PERSON))
    assert PERSON not in repr(cleaner.clean(person))
    assert counted == []
    cleaner.clean(Feedback(**WHERE, label="up", around=Surroundings(user_id=PERSON, session_id=PERSON)))
    assert counted == [1]


def test_the_applications_metric_counts_its_facts_and_is_there_at_nothing() -> None:
    with kansoku.testing.capture() as captured:
        assert captured.metric("kansoku_redacted", "facts") == 0
        kansoku.feedback("up", comment=f"asked by {PERSON}")
        kansoku.feedback("up")
        assert captured.metric("kansoku_redacted", "facts") == 1
        assert captured.metric("kansoku_redacted", "logs") == 0


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        (Entry(1.5, "INFO", "app", f"from {PERSON} and {PERSON}"), 1),
        (Entry(1.5, "INFO", "app", "done", {"mail": [PERSON]}), 1),
        (Entry(1.5, "INFO", "app", "done", {"count": 4_111_111_111_111_111}), 1),
        (Entry(1.5, "INFO", "app", "done", {"tier": "gold", "n": 7, "x": [1.5, None, True]}), 0),
        (Entry(1.5, "INFO", "app", "word " * 5_000), 0),
    ],
)
def test_a_log_line_with_something_masked_counts_once(entry: Entry, count: int) -> None:
    counted: list[int] = []
    writer = LineWriter(Redactor(), on_masked=lambda: counted.append(1))
    writer.line(entry)
    writer.line(Entry(1.5, "INFO", "app", "done"))
    assert len(counted) == count


def test_the_door_counts_the_texts_in_which_it_masked() -> None:
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add()
        .scope_logs.add()
        .log_records.add(body=AnyValue(string_value=f"from {PERSON}"))
    )
    for key, value in (
        ("mail", AnyValue(string_value=PERSON)),
        ("mail2", AnyValue(string_value="x " * 50 + PERSON)),
        ("tier", AnyValue(string_value="gold")),
        ("nan", AnyValue(double_value=float("nan"))),
        ("n", AnyValue(int_value=3)),
    ):
        record.attributes.append(KeyValue(key=key, value=value))
    door = Door(Redactor())
    assert door.texts_masked == 0
    for _ in range(2):
        door.redacted(Signal.LOGS, request.SerializeToString())
    assert door.texts_masked == 6
