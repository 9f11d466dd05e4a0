"""The redactor that the file of settings describes."""

from typing import TYPE_CHECKING, Any, assert_never

from kansoku.catalog.redaction import EVERY, OPERATORS
from kansoku.errors import SettingError
from kansoku.redact.detectors import ENTITIES
from kansoku.redact.operators import Drop, Hmac, Operator, Partial, Replace
from kansoku.redact.redactor import Redactor

if TYPE_CHECKING:
    from kansoku.settings.redaction import OperatorSetting, RedactionSettings


def configured(told: "RedactionSettings | None") -> Redactor:
    """The redactor; the default one where nothing is told.

    Raises:
        SettingError: If an entity or mode is not known, or the key is too short; it names file and line.
    """
    if told is None:
        return Redactor()
    limits: dict[str, Any] = {"mode": told.mode, "max_depth": told.max_depth, "max_length": told.max_length}
    operators = {entity: _operator(told, entity, one) for entity, one in told.operators.items()}
    try:
        return Redactor(
            entities=told.entities,
            allow=(*told.allow, *told.allow_patterns),
            operators=operators,
            **{name: value for name, value in limits.items() if value is not None},
        )
    except SettingError as error:
        key, _, why = str(error).partition(": ")
        raise told.wrong(key, why) from None


def _operator(told: "RedactionSettings", entity: str, one: "OperatorSetting") -> Operator:
    """The operator of an entity."""
    if entity != EVERY and entity not in ENTITIES:
        raise told.wrong(
            entity, f"is not known; use any of {', '.join(ENTITIES)}, or {EVERY!r} for all others"
        )
    match one.kind:
        case "replace":
            return Replace(one.mark)
        case "partial":
            return Partial() if one.keep is None else Partial(one.keep)
        case "drop":
            return Drop()
        case "hmac":
            return _hmac(told)
        case _:
            assert_never(one.kind)


def _hmac(told: "RedactionSettings") -> Hmac:
    """The keyed hash; the settings have seen to it that there is a key."""
    key = told.hmac
    if key is None:
        raise told.wrong(OPERATORS, "wants hmac, and no key is named")
    try:
        return Hmac(key.key, key.key_id)
    except SettingError as error:
        name, _, why = str(error).partition(": ")
        raise told.wrong(name if name == "key_id" else "key_env", why) from None
