"""The words for how a call of the API failed, by HTTP status and by the SDK's class of exception."""

from typing import Final

CLIENT_TIMEOUT: Final = "client_timeout"
CONNECTION_ERROR: Final = "connection_error"
TRUNCATED_STREAM: Final = "truncated_stream"
INVALID_RESPONSE: Final = "invalid_response"

BY_STATUS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Error type by HTTP status (Anthropic's API documentation), where the body tells none."""

OTHER_STATUS: Final = "http_"
"""Stands before a status that has no word of its own."""


def of_status(status: int) -> str:
    """The error type by HTTP status, where nothing else tells it."""
    return BY_STATUS.get(status, f"{OTHER_STATUS}{status}")


BY_EXCEPTION: Final = {
    "accessDeniedException": BY_STATUS[403],
    "internalServerException": BY_STATUS[500],
    "modelErrorException": BY_STATUS[500],
    "modelStreamErrorException": BY_STATUS[500],
    "modelTimeoutException": BY_STATUS[504],
    "resourceNotFoundException": BY_STATUS[404],
    "serviceUnavailableException": of_status(503),
    "throttlingException": BY_STATUS[429],
    "validationException": BY_STATUS[400],
}
"""Error type by the exception that Amazon Bedrock names in the middle of a stream (its `ResponseStream`).

AWS gives those of the model's own failures and time-outs the statuses 424 and 408, as if the caller had been
at fault; here they are what the API itself calls such errors.
"""


def of_exception(name: str) -> str:
    """The API's word for an exception of Bedrock's; any other name as it is."""
    return BY_EXCEPTION.get(name[:1].lower() + name[1:], name)


WITHOUT_ANSWER: Final = {
    "APITimeoutError": CLIENT_TIMEOUT,
    "TimeoutException": CLIENT_TIMEOUT,
    "APIConnectionError": CONNECTION_ERROR,
    "RemoteProtocolError": TRUNCATED_STREAM,
    "IncompleteRead": TRUNCATED_STREAM,
    "TransportError": CONNECTION_ERROR,
    "JSONDecodeError": INVALID_RESPONSE,
    "APIResponseValidationError": INVALID_RESPONSE,
}
"""Error type by the class of exceptions that no whole answer of the API is behind."""

BROKEN_FRAMES: Final = dict.fromkeys(
    ("ChecksumMismatch", "InvalidHeadersLength", "InvalidPayloadLength"), INVALID_RESPONSE
)
"""Error type by what botocore raises, by which the SDK reads Bedrock's streams, where these are broken."""

BY_CLASS: Final = {
    **WITHOUT_ANSWER,
    "BadRequestError": BY_STATUS[400],
    "AuthenticationError": BY_STATUS[401],
    "PaymentRequiredError": BY_STATUS[402],
    "PermissionDeniedError": BY_STATUS[403],
    "NotFoundError": BY_STATUS[404],
    "ContentTooLargeError": BY_STATUS[413],
    "RequestTooLargeError": BY_STATUS[413],
    "RateLimitError": BY_STATUS[429],
    "InternalServerError": BY_STATUS[500],
    "ServiceUnavailableError": of_status(503),
    "GatewayTimeoutError": BY_STATUS[504],
    "DeadlineExceededError": BY_STATUS[504],
    "OverloadedError": BY_STATUS[529],
}
"""Error type by any class of exception of the SDK (anthropic 2.13), where the class is all that is told."""
