"""The same questions in djangoql and django-filter, each asked in its natural way.

A question that a peer has no words for is `Unsaid`, with the reason.
"""

import json
from typing import Any

import django_filters
from django.db.models import QuerySet

from partners.models import Partner
from tests.segments.evaluator import OF_CONTRACT
from tests.segments.operators import POSITIVE
from tests.segments.texts import folded

CONTRACT_PATHS = {
    "contract_stage": "contracts{}stage",
    "contract_id": "contracts{}number",
    "template_term": "contracts{}template_term{}id",
}
PATHS = {
    **CONTRACT_PATHS,
    "partner_group": "groups{}id",
    "prospecting_stage": "prospecting_stage",
    "partner_name": "id",
    "partner_id": "id",
}
TEXT_PATHS = {"template_term": "contracts{}template_term{}name_folded", "partner_name": "name_folded"}
NUMBERS = ("template_term", "partner_group", "partner_name", "partner_id")


class Unsaid(Exception):  # noqa: N818 - not an error: an answer
    """The peer can't express this."""


def djangoql(definition: dict[str, Any]) -> QuerySet[Partner]:
    """One search text, in a language with `and`, `or` and parentheses."""
    from djangoql.queryset import apply_search  # noqa: PLC0415 - only where benchmarks run

    groups = [_djangoql_group(group) for group in definition["any"]]
    return apply_search(Partner.objects.all(), " or ".join(f"({group})" for group in groups)).distinct()


def _djangoql_group(group: dict[str, Any]) -> str:
    if group.get("contracts") == "any" and len(_on_one_contract(group)) > 1:
        raise Unsaid("conditions always speak of the same contract")
    return " and ".join(_djangoql_condition(one) for one in group["all"])


def _djangoql_condition(condition: dict[str, Any]) -> str:
    field, operator, value = condition["field"], condition["operator"], condition["value"]
    if isinstance(value, str):
        sign = {"contains": "~", "not_contains": "!~", "starts_with": "startswith"}[operator]
        return (
            f"{TEXT_PATHS[field].replace('{}', '.')} {sign} {json.dumps(folded(value), ensure_ascii=False)}"
        )
    negative = operator in POSITIVE
    ways = []
    values = _values(field, value)
    if "none" in values and field == "contract_stage":
        values.remove("none")
        ways.append("contracts != None" if negative else "contracts = None")
    if values:
        listed = ", ".join(json.dumps(one, ensure_ascii=False) for one in values)
        ways.append(f"{PATHS[field].replace('{}', '.')} {'not in' if negative else 'in'} ({listed})")
    return "(" + (" and " if negative else " or ").join(ways) + ")"


def django_filter(definition: dict[str, Any]) -> QuerySet[Partner]:
    """A set of filters, one beside the other: each is asked of the partners that the others let through."""
    if len(definition["any"]) > 1:
        raise Unsaid("filters have no “or”")
    group = definition["any"][0]
    if group.get("contracts", "same") == "same" and len(_on_one_contract(group)) > 1:
        raise Unsaid("each filter may mean a different contract")
    filters: dict[str, Any] = {}
    data: dict[str, str] = {}
    for condition in group["all"]:
        for one, value in _filters(condition):
            name = f"f{len(filters)}"
            filters[name], data[name] = one, value
    meta = type("Meta", (), {"model": Partner, "fields": []})
    chosen = type("ChosenFilters", (django_filters.FilterSet,), {**filters, "Meta": meta})
    return chosen(data, queryset=Partner.objects.all()).qs


class NumbersFilter(django_filters.BaseInFilter, django_filters.NumberFilter):
    """Among numbers."""


class TextsFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """Among texts."""


def _filters(condition: dict[str, Any]) -> list[tuple[django_filters.Filter, str]]:
    field, operator, value = condition["field"], condition["operator"], condition["value"]
    options = {"exclude": operator in POSITIVE, "distinct": field in OF_CONTRACT or field == "partner_group"}
    if isinstance(value, str):
        lookup = "startswith" if operator == "starts_with" else "contains"
        path = TEXT_PATHS[field].replace("{}", "__")
        return [(django_filters.CharFilter(field_name=path, lookup_expr=lookup, **options), folded(value))]
    values = _values(field, value)
    found: list[tuple[django_filters.Filter, str]] = []
    if "none" in values and field == "contract_stage":
        if len(values) > 1 and not options["exclude"]:
            raise Unsaid("“none, or one of these” is two filters, which have no “or”")
        values.remove("none")
        filter_ = django_filters.BooleanFilter(field_name="contracts", lookup_expr="isnull", **options)
        found.append((filter_, "true"))
    if values:
        kind = NumbersFilter if field in NUMBERS else TextsFilter
        path = PATHS[field].replace("{}", "__")
        found.append(
            (kind(field_name=path, lookup_expr="in", **options), ",".join(str(one) for one in values))
        )
    return found


def _values(field: str, values: list[Any]) -> list[Any]:
    texts = [str(value).strip() for value in values]
    return [int(text) for text in texts] if field in NUMBERS else texts


def _on_one_contract(group: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in group["all"] if one["field"] in OF_CONTRACT and one["operator"] not in POSITIVE]


PEERS = {"djangoql": djangoql, "django-filter": django_filter}
