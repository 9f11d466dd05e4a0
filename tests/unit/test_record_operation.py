"""Paths of the API: which operation they are, and what is left of them without ids."""

import pytest

from kansoku.record.operation import batch_of, operation_of, route_of


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("post", "/v1/messages", "chat"),
        ("POST", "/v1/messages?beta=true", "chat"),
        ("post", "/v1/messages/count_tokens", "count_tokens"),
        ("post", "/v1/messages/batches", "other"),
        ("get", "/v1/messages", "other"),
        ("post", "https://api.anthropic.com/v1/messages", "chat"),
        ("post", "https://gw.example/anthropic/v1/messages", "chat"),
        ("post", "https://gw.example/anthropic/v1/messages/?beta=true", "chat"),
        ("post", "https://gw.example/v1/acct_1/shop/anthropic/v1/messages", "chat"),
        ("post", "https://gw.example/anthropic/v1/messages/count_tokens", "count_tokens"),
        ("post", "/anthropic/v1/messages", "chat"),
        ("post", "anthropic/v1/messages", "chat"),
        ("post", "/v1/agents/a/v1/messages", "other"),
        ("post", "https://gw.example/anthropic/v1/messages/batches", "other"),
        ("post", "https://gw.example/anthropic/v1/messages/batches?next=/v1/messages", "other"),
        ("post", "https://gw.example/notv1/messages", "other"),
        ("post", "https://gw.example/anthropic/v2/messages", "other"),
        ("post", "https://gw.example/v1/threads/t/messages", "other"),
        ("get", "https://gw.example/anthropic/v1/messages", "other"),
    ],
)
def test_the_operation(method: str, path: str, operation: str) -> None:
    assert operation_of(method, path) == operation


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/models", "/v1/models"),
        ("/v1/models/claude-sonnet-5-5?beta=true", "/v1/models/{id}"),
        ("/v1/messages/batches", "/v1/messages/batches"),
        ("/v1/messages/batches/msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d", "/v1/messages/batches/{id}"),
        ("/v1/messages/batches/msgbatch_1/results", "/v1/messages/batches/{id}/results"),
        ("https://api.anthropic.com/v1/messages/batches/b/cancel", "/v1/messages/batches/{id}/cancel"),
        ("/v1/agents/agent_01/versions/3", "/v1/agents/{id}/versions/{id}"),
        ("/v1/users/taro", "/v1/users/{id}"),
        ("/v1/users/taro@example.com/keys", "/v1/users/{id}/keys"),
        ("/v1/files/F00/content", "/v1/files/{id}/content"),
        ("/" + "/".join(["segments"] * 20), "/" + "/".join(["segments"] * 8)),
        ("", "/{id}"),
    ],
)
def test_a_route_has_no_ids(path: str, route: str) -> None:
    assert route_of("get", path) == f"GET {route}"


def test_the_sdks_own_template_comes_first() -> None:
    template = "/v1/agents/{agent_id}?beta=true"
    assert route_of("post", "/v1/agents/assistant", template) == "POST /v1/agents/{agent_id}"


def test_the_batch_whose_results_are_read() -> None:
    assert (
        batch_of("https://api.anthropic.com/v1/messages/batches/msgbatch_1/results?beta=true") == "msgbatch_1"
    )
    assert batch_of("/v1/messages/batches/msgbatch_1/results") == "msgbatch_1"
    assert batch_of("https://gw.example/anthropic/v1/messages/batches/msgbatch_1/results") == "msgbatch_1"
    assert batch_of("/v1/messages/batches/msgbatch_1") == ""
