"""A fact as attributes: every field of the catalog, under its name, and nothing that is unknown."""

import pytest

from kansoku.catalog.fields import Constant, Intrinsic
from kansoku.emit.attributes import OWN, attributes_of
from kansoku.price.usage import Iteration
from kansoku.record.facts import (
    RELATION_OF,
    Call,
    Cost,
    Evaluation,
    Fact,
    Feedback,
    Foreign,
    Place,
    Surroundings,
    TaskRun,
    ToolRun,
    Usage,
)
from kansoku.record.limits import Headroom

AROUND = Surroundings("t", "f", "u", "s", "r")
PLACE = Place(1, 2, 3)
FULL: list[Fact] = [
    Call(
        place=PLACE,
        started_unix_ns=1,
        duration_s=1.5,
        operation="chat",
        provider="anthropic",
        request_model="m",
        outcome="error",
        response_model="m2",
        stream=True,
        error_type="e",
        error_message="said",
        http_status=500,
        stop_reason="end_turn",
        refusal_category="cyber",
        attempts=2,
        attempt_statuses=("529", "500"),
        retry_wait_s=0.5,
        retry_after_s=1.0,
        headroom=(Headroom("requests", 1, 4),),
        route="GET /v1/models",
        batch_id="b",
        custom_id="c",
        duplicates=Foreign("ab", "scope"),
        ttft_s=0.5,
        usage=Usage(1, 2, 3, 4, 5, 6, 7, iterations=(Iteration("compaction", "m", 1, 1),)),
        cost=Cost(0.5, "table", "reason"),
        service_tier="standard",
        speed="fast",
        inference_geo="us",
        request_id="req",
        response_id="msg",
        tool_names=("look",),
        around=AROUND,
    ),
    ToolRun(
        place=PLACE,
        started_unix_ns=1,
        duration_s=1.5,
        tool="look",
        outcome="error",
        error_type="E",
        around=AROUND,
    ),
    TaskRun(
        place=PLACE,
        started_unix_ns=1,
        duration_s=1.5,
        name="n",
        label="failed",
        comment="c",
        score=0.5,
        around=AROUND,
    ),
    Feedback(
        place=PLACE,
        started_unix_ns=1,
        label="up",
        score=0.5,
        comment="c",
        response_id="msg",
        around=AROUND,
    ),
    Evaluation(
        place=PLACE,
        started_unix_ns=1,
        name="n",
        label="l",
        score=0.5,
        comment="c",
        response_id="msg",
        around=AROUND,
    ),
]


@pytest.mark.parametrize("fact", FULL, ids=lambda fact: type(fact).__name__)
def test_every_field_of_a_fact_is_exported_under_its_name(fact: Fact) -> None:
    relation = RELATION_OF[type(fact)]
    exported = attributes_of(fact)
    of_the_wire = {"time", "trace_id", "span_id", "parent_span_id", "duration_s", "service", "environment"}
    wanted = {
        field.name
        for field in relation.fields
        if not isinstance(field.source, Constant | Intrinsic) and field.name not in of_the_wire
    }
    assert len(exported) == len({str(field.source) for field in relation.fields if field.name in wanted}) + (
        isinstance(fact, ToolRun)
    )
    assert wanted - set(OWN[type(fact)].known(fact)) == set()
    for value in exported.values():
        assert isinstance(value, str | bool | int | float | tuple)


def test_input_tokens_on_the_wire_include_the_cached_ones() -> None:
    call = attributes_of(FULL[0])
    assert call["gen_ai.usage.input_tokens"] == 1 + 2 + 3 + 4
    assert call["gen_ai.usage.cache_write.input_tokens"] == 3 + 4
    assert call["gen_ai.usage.output_tokens"] == 5


def test_what_is_unknown_is_left_out() -> None:
    nothing = Call(
        place=PLACE,
        started_unix_ns=1,
        duration_s=0,
        operation="chat",
        provider="anthropic",
        request_model="",
        outcome="ok",
    )
    assert set(attributes_of(nothing)) == {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.stream",
        "kansoku.outcome",
    }
