"""The filters of the page and of the API: what each is called, and the fields that it looks at."""

from dataclasses import dataclass

from kansoku.catalog.fields import Relation
from kansoku.catalog.measures import Both, Condition, Either, Not, OneOf, Present
from kansoku.catalog.text import Text


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows of which one of the fields has the given value.

    Attributes:
        name: Its name in addresses and in the API.
        title: What it chooses.
        every: What is looked at without it.
        fields: The fields; of a relation that lacks them all, the filter can say nothing.
    """

    name: str
    title: Text
    every: Text
    fields: tuple[str, ...]

    def suits(self, relation: Relation) -> bool:
        """Whether rows of the relation can be chosen by it."""
        return any(field.name in self.fields for field in relation.fields)


FILTERS: tuple[Filter, ...] = (
    Filter("feature", Text("Feature", "機能"), Text("All features", "すべての機能"), ("feature",)),
    Filter("service", Text("Service", "サービス"), Text("All services", "すべてのサービス"), ("service",)),
    Filter(
        "environment", Text("Environment", "環境"), Text("All environments", "すべての環境"), ("environment",)
    ),
    Filter("release", Text("Release", "リリース"), Text("All releases", "すべてのリリース"), ("release",)),
    # A call that failed has no model that answered, and one that was asked by an alias has two.
    Filter(
        "model",
        Text("Model", "モデル"),
        Text("All models", "すべてのモデル"),
        ("response_model", "request_model"),
    ),
    Filter("user", Text("User", "ユーザー"), Text("All users", "すべてのユーザー"), ("user_id",)),
)

BY_NAME = {one.name: one for one in FILTERS}


def filter_of(field: str) -> Filter | None:
    """The filter that looks at the field, or None."""
    return next((one for one in FILTERS if field in one.fields), None)


def of_models(values: tuple[str, ...]) -> Condition:
    """Calls that one of the models answered, or that none answered and one of them was asked.

    It is what the metrics' label `model` says. The filter of that name also takes calls that one of them was
    asked and another answered.
    """
    asked = Both((Not(Present("response_model")), OneOf("request_model", values)))
    return Either((OneOf("response_model", values), asked))
