"""What every operator of every field answers, row by row, in one small program."""

import pytest

from partners.models import Partner
from segments.compiler import compile_definition
from segments.conditions import CATALOG
from segments.definition import Definition
from tests.segments.evaluator import OF_CONTRACT, ContractRow, PartnerRow, Program, StayRow, matching
from tests.segments.moments import AT, days_from_today
from tests.segments.operators import ASKED, NOTHING, TEXTS, asked_with
from tests.segments.samples import CONTRACT, PARTNER, SAMPLES, columns, day_of, usual, wanted
from tests.segments.strategies import store

VIP, BLOCKED, EMPTY = 1, 2, 3
GOLD, STRASSE, PERCENT, UNDERSCORE, BACKSLASH, UNUSED = 11, 12, 13, 14, 15, 16
JOINED, NOBODY = 21, 22
GONE = 999


def segment(field, value):
    return {"version": 1, "any": [{"all": [{"field": field, "operator": "any_of", "value": value}]}]}


def contract(number, stage, term):
    held = columns(CONTRACT, wanted if number == "S-1" else usual)
    return ContractRow(number, term, {**held, "stage": stage})


def partner(pk, name, stage="new", groups=frozenset(), contracts=()):
    held = columns(PARTNER, wanted if pk == 1 else usual)
    return PartnerRow(pk, name, {**held, "prospecting_stage": stage}, groups, contracts)


def stay(pk, where, entered, left=None, *, from_start=False):
    begun, over = (day if day is None else AT.start_of(days_from_today(day)) for day in (entered, left))
    return StayRow(where, pk, begun, over, from_start)


def of(segment, **days):
    return {"segment": segment, "days": days}


PROGRAM = Program(
    groups={VIP: "VIP", BLOCKED: "Blocked", EMPTY: "Empty"},
    terms={
        GOLD: "Gold 2026",
        STRASSE: " Straße ",
        PERCENT: "5% off",
        UNDERSCORE: "gold_eu",
        BACKSLASH: "a\\b",
        UNUSED: "Golden Unused",
    },
    segments={
        JOINED: segment("prospecting_stage", ["joined"]),
        NOBODY: segment("partner_group", [EMPTY]),
    },
    partners=(
        partner(1, "Blank"),
        partner(2, "ÉCLAIR Reviews", "joined", {VIP}, (contract("S-1", "joined", GOLD),)),
        partner(
            3,
            "Straße 100%",
            "joined",
            {VIP, BLOCKED},
            (contract("S-2", "joined", STRASSE), contract("s-2", "expired", GOLD)),
        ),
        partner(4, "under_score Tel", "expired", {BLOCKED}, (contract("S_3", "expired", PERCENT),)),
        partner(
            5,
            "back\\slash",
            "outreach",
            frozenset(),
            (contract("S%4", "joined", UNDERSCORE), contract("S-5", "cancelled", UNDERSCORE)),
        ),
        partner(6, "  Ὀδυσσεύς ", "new", {VIP}, (contract("6", "suspended", BACKSLASH),)),
    ),
    stays=(
        stay(2, JOINED, -100, from_start=True),
        stay(3, JOINED, -100, -20, from_start=True),
        stay(3, JOINED, -3),
        stay(4, JOINED, -30, -20),
        stay(4, JOINED, -10, -2),
        stay(5, NOBODY, -3, -2),
        stay(GONE, JOINED, -3, -2),
    ),
)

EVERYBODY = "1 2 3 4 5 6"

# fmt: off
TABLE = [
    # field              operator        value                                    partners
    ("contract_stage",    "any_of",       ["joined"],                              "2 3 5"),
    ("contract_stage",    "any_of",       ["expired", "suspended"],                "3 4 6"),
    ("contract_stage",    "any_of",       ["archived"],                            ""),
    ("contract_stage",    "any_of",       ["none"],                                "1"),
    ("contract_stage",    "any_of",       ["none", "cancelled"],                   "1 5"),
    ("contract_stage",    "none_of",      ["joined"],                              "1 4 6"),
    ("contract_stage",    "none_of",      ["archived"],                            EVERYBODY),
    ("contract_stage",    "none_of",      ["none"],                                "2 3 4 5 6"),
    ("contract_stage",    "none_of",      ["none", "cancelled"],                   "2 3 4 6"),

    ("prospecting_stage", "any_of",       ["joined"],                              "2 3"),
    ("prospecting_stage", "any_of",       ["new", "expired"],                      "1 4 6"),
    ("prospecting_stage", "any_of",       ["suspended"],                           ""),
    ("prospecting_stage", "none_of",      ["joined"],                              "1 4 5 6"),
    ("prospecting_stage", "none_of",      ["suspended"],                           EVERYBODY),

    ("partner_group",     "any_of",       [VIP],                                   "2 3 6"),
    ("partner_group",     "any_of",       [VIP, BLOCKED],                          "2 3 4 6"),
    ("partner_group",     "any_of",       [EMPTY],                                 ""),
    ("partner_group",     "any_of",       [GONE],                                  ""),
    ("partner_group",     "none_of",      [VIP],                                   "1 4 5"),
    ("partner_group",     "none_of",      [VIP, BLOCKED],                          "1 5"),
    ("partner_group",     "none_of",      [EMPTY, GONE],                           EVERYBODY),

    ("template_term",     "any_of",       [GOLD],                                  "2 3"),
    ("template_term",     "any_of",       [PERCENT, UNDERSCORE],                   "4 5"),
    ("template_term",     "any_of",       [UNUSED],                                ""),
    ("template_term",     "any_of",       [GONE],                                  ""),
    ("template_term",     "none_of",      [GOLD],                                  "1 4 5 6"),
    ("template_term",     "none_of",      [UNUSED, GONE],                          EVERYBODY),
    ("template_term",     "contains",     "GOLD",                                  "2 3 5"),
    ("template_term",     "contains",     "gold 2026",                             "2 3"),
    ("template_term",     "contains",     " STRASSE ",                             "3"),
    ("template_term",     "contains",     "o\ufb00",                                "4"),
    ("template_term",     "contains",     "unused",                                ""),
    ("template_term",     "contains",     "silver",                                ""),
    ("template_term",     "contains",     "%",                                     "4"),
    ("template_term",     "contains",     "_",                                     "5"),
    ("template_term",     "contains",     "\\",                                    "6"),
    ("template_term",     "not_contains", "GOLD",                                  "1 4 6"),
    ("template_term",     "not_contains", "strasse",                               "1 2 4 5 6"),
    ("template_term",     "not_contains", "silver",                                EVERYBODY),
    ("template_term",     "not_contains", "%",                                     "1 2 3 5 6"),
    ("template_term",     "not_contains", "_",                                     "1 2 3 4 6"),
    ("template_term",     "not_contains", "\\",                                    "1 2 3 4 5"),
    ("template_term",     "starts_with",  "gold",                                  "2 3 5"),
    ("template_term",     "starts_with",  "STRASSE",                               "3"),
    ("template_term",     "starts_with",  "2026",                                  ""),
    ("template_term",     "starts_with",  "5%",                                    "4"),
    ("template_term",     "starts_with",  "%",                                     ""),
    ("template_term",     "starts_with",  "gold_",                                 "5"),
    ("template_term",     "starts_with",  "_",                                     ""),
    ("template_term",     "starts_with",  "a\\",                                   "6"),
    ("template_term",     "starts_with",  "\\",                                    ""),

    ("contract_id",       "any_of",       ["S-1"],                                 "2"),
    ("contract_id",       "any_of",       [" S-2\t", "S-9"],                       "3"),
    ("contract_id",       "any_of",       ["S-5", "S%4"],                          "5"),
    ("contract_id",       "any_of",       ["s-1"],                                 ""),
    ("contract_id",       "any_of",       ["S_1", "S%", "S-"],                     ""),
    ("contract_id",       "any_of",       ["6"],                                   "6"),
    ("contract_id",       "none_of",      ["S-1", "S-2"],                          "1 4 5 6"),
    ("contract_id",       "none_of",      ["s-1", "_", "%", "\\"],                 EVERYBODY),

    ("partner_name",      "any_of",       [2, 5],                                  "2 5"),
    ("partner_name",      "any_of",       [GONE],                                  ""),
    ("partner_name",      "none_of",      [2, 5],                                  "1 3 4 6"),
    ("partner_name",      "none_of",      [GONE],                                  EVERYBODY),
    ("partner_name",      "contains",     "éclair",                                "2"),
    ("partner_name",      "contains",     " e\u0301CLAIR\u3000",                   "2"),
    ("partner_name",      "contains",     "\uff32\uff25\uff36iews",              "2"),
    ("partner_name",      "contains",     "\u2121",                                "4"),
    ("partner_name",      "contains",     "STRASSE",                               "3"),
    ("partner_name",      "contains",     "ὀδυσσεύσ",                              "6"),
    ("partner_name",      "contains",     "ss",                                    "3"),
    ("partner_name",      "contains",     "eclair",                                ""),
    ("partner_name",      "contains",     "%",                                     "3"),
    ("partner_name",      "contains",     "_",                                     "4"),
    ("partner_name",      "contains",     "\\",                                    "5"),
    ("partner_name",      "not_contains", "ÉCLAIR",                                "1 3 4 5 6"),
    ("partner_name",      "not_contains", "strasse",                               "1 2 4 5 6"),
    ("partner_name",      "not_contains", "eclair",                                EVERYBODY),
    ("partner_name",      "not_contains", "%",                                     "1 2 4 5 6"),
    ("partner_name",      "not_contains", "_",                                     "1 2 3 5 6"),
    ("partner_name",      "not_contains", "\\",                                    "1 2 3 4 6"),
    ("partner_name",      "starts_with",  "éclair",                                "2"),
    ("partner_name",      "starts_with",  "ὈΔΥΣ",                                  "6"),
    ("partner_name",      "starts_with",  "reviews",                               ""),
    ("partner_name",      "starts_with",  "strasse 100%",                          "3"),
    ("partner_name",      "starts_with",  "%",                                     ""),
    ("partner_name",      "starts_with",  "under_",                                "4"),
    ("partner_name",      "starts_with",  "_nder",                                 ""),
    ("partner_name",      "starts_with",  "back\\",                                "5"),
    ("partner_name",      "starts_with",  "\\",                                    ""),

    ("partner_id",        "any_of",       [1, 6],                                  "1 6"),
    ("partner_id",        "any_of",       ["2", " 3\n", "004"],                    "2 3 4"),
    ("partner_id",        "any_of",       [GONE],                                  ""),
    ("partner_id",        "none_of",      [1, "6", GONE],                          "2 3 4 5"),
    ("partner_id",        "none_of",      [GONE],                                  EVERYBODY),

    ("contract_start",       "within",       {"on": "2026-11-27"},                   "2"),
    ("contract_start",       "within",       {"last": 2},                            "2 3 4 5 6"),
    ("contract_start",       "within",       {"before": "2026-11-27"},               ""),
    ("contract_start",       "not_within",   {"on": "2026-11-27"},                   "1 3 4 5 6"),
    ("contract_start",       "not_within",   {"last": 2},                            "1"),
    ("contract_start",       "not_within",   {"before": "2026-11-27"},               EVERYBODY),

    ("contract_end",         "within",       {"on": "2026-11-28"},                   "2"),
    ("contract_end",         "within",       {"before": "2026-11-28"},               ""),
    ("contract_end",         "within",       {"after": "2026-11-28"},                ""),
    ("contract_end",         "not_within",   {"on": "2026-11-28"},                   "1 3 4 5 6"),
    ("contract_end",         "not_within",   {"before": "2026-11-28"},               EVERYBODY),
    ("contract_end",         "not_within",   {"after": "2026-11-28"},                EVERYBODY),
    ("contract_end",         "is_empty",     None,                                   "3 4 5 6"),
    ("contract_end",         "is_not_empty", None,                                   "1 2"),

    ("contract_stage_since", "within",       {"on": "2026-11-28"},                   "3 4 5 6"),
    ("contract_stage_since", "within",       {"last": 2},                             "2 3 4 5 6"),
    ("contract_stage_since", "within",       {"in_days": 1},                         ""),
    ("contract_stage_since", "not_within",   {"on": "2026-11-28"},                   "1 2"),
    ("contract_stage_since", "not_within",   {"last": 2},                             "1"),
    ("contract_stage_since", "not_within",   {"in_days": 1},                         EVERYBODY),

    ("contract_currency",    "any_of",       ["EUR"],                                "2 3 4 6"),
    ("contract_currency",    "any_of",       [" USD "],                              "3 5"),
    ("contract_currency",    "any_of",       ["EUR", "USD"],                         "2 3 4 5 6"),
    ("contract_currency",    "any_of",       ["CHF"],                                ""),
    ("contract_currency",    "none_of",      ["EUR"],                                "1 5"),
    ("contract_currency",    "none_of",      ["USD"],                                "1 2 4 6"),
    ("contract_currency",    "none_of",      ["CHF"],                                EVERYBODY),

    ("original_joined_date", "within",       {"last": 1},                            "1"),
    ("original_joined_date", "within",       {"previous": "month"},                  ""),
    ("original_joined_date", "not_within",   {"last": 1},                            "2 3 4 5 6"),
    ("original_joined_date", "not_within",   {"previous": "month"},                  EVERYBODY),
    ("original_joined_date", "is_empty",     None,                                   "2 3 4 5 6"),
    ("original_joined_date", "is_not_empty", None,                                   "1"),

    ("last_transition_date", "within",       {"this": "month"},                      "1"),
    ("last_transition_date", "within",       {"previous": "month"},                  ""),
    ("last_transition_date", "not_within",   {"this": "month"},                      "2 3 4 5 6"),
    ("last_transition_date", "not_within",   {"previous": "month"},                  EVERYBODY),
    ("last_transition_date", "is_empty",     None,                                   "2 3 4 5 6"),
    ("last_transition_date", "is_not_empty", None,                                   "1"),

    ("partner_group",        "is_empty",     None,                                   "1 5"),
    ("partner_group",        "is_not_empty", None,                                   "2 3 4 6"),
    ("country",              "is_empty",     None,                                   "2 3 4 5 6"),
    ("country",              "is_not_empty", None,                                   "1"),
    ("business_model",       "is_empty",     None,                                   "2 3 4 5 6"),
    ("business_model",       "is_not_empty", None,                                   "1"),
    ("email",                "is_empty",     None,                                   "2 3 4 5 6"),
    ("email",                "is_not_empty", None,                                   "1"),

    ("contracts",            "at_least",     "0",                                    EVERYBODY),
    ("contracts",            "at_least",     "1",                                    "2 3 4 5 6"),
    ("contracts",            "at_least",     "2",                                    "3 5"),
    ("contracts",            "at_least",     "3",                                    ""),
    ("contracts",            "less_than",    "0",                                    ""),
    ("contracts",            "less_than",    "1",                                    "1"),
    ("contracts",            "less_than",    "2",                                    "1 2 4 6"),
    ("contracts",            "less_than",    "3",                                    EVERYBODY),
    ("contracts",            "more_than",    "0",                                    "2 3 4 5 6"),
    ("contracts",            "more_than",    "1",                                    "3 5"),
    ("contracts",            "more_than",    "2",                                    ""),
    ("contracts",            "more_than",    "3",                                    ""),
    ("contracts",            "at_most",      "0",                                    "1"),
    ("contracts",            "at_most",      "1",                                    "1 2 4 6"),
    ("contracts",            "at_most",      "2",                                    EVERYBODY),
    ("contracts",            "at_most",      "3",                                    EVERYBODY),
    ("contracts",            "equals",       "0",                                    "1"),
    ("contracts",            "equals",       "1",                                    "2 4 6"),
    ("contracts",            "equals",       "2",                                    "3 5"),
    ("contracts",            "equals",       "3",                                    ""),
    ("contracts",            "differs",      "0",                                    "2 3 4 5 6"),
    ("contracts",            "differs",      "1",                                    "1 3 5"),
    ("contracts",            "differs",      "2",                                    "1 2 4 6"),
    ("contracts",            "differs",      "3",                                    EVERYBODY),
    ("contracts",            "between",      {"from": "0", "to": "0"},               "1"),
    ("contracts",            "between",      {"from": "0", "to": "1"},               "1 2 4 6"),
    ("contracts",            "between",      {"from": "1", "to": "1"},               "2 4 6"),
    ("contracts",            "between",      {"from": "1", "to": "2"},               "2 3 4 5 6"),
    ("contracts",            "between",      {"from": "3", "to": "9"},               ""),
    ("contracts",            "not_between",  {"from": "0", "to": "0"},               "2 3 4 5 6"),
    ("contracts",            "not_between",  {"from": "0", "to": "1"},               "3 5"),
    ("contracts",            "not_between",  {"from": "1", "to": "1"},               "1 3 5"),
    ("contracts",            "not_between",  {"from": "1", "to": "2"},               "1"),
    ("contracts",            "not_between",  {"from": "3", "to": "9"},               EVERYBODY),

    ("segment",              "any_of",       [JOINED],                               "2 3"),
    ("segment",              "any_of",       [JOINED, str(NOBODY)],                  "2 3"),
    ("segment",              "any_of",       [NOBODY],                               ""),
    ("segment",              "none_of",      [JOINED],                               "1 4 5 6"),
    ("segment",              "none_of",      [JOINED, NOBODY],                       "1 4 5 6"),
    ("segment",              "none_of",      [NOBODY],                               EVERYBODY),

    ("segment_since",        "within",       of(JOINED, last=4),                     "3"),
    ("segment_since",        "within",       of(JOINED, last=3),                     ""),
    ("segment_since",        "within",       of(JOINED, days_ago=3),                 "3"),
    ("segment_since",        "within",       of(JOINED, more_days_ago=99),           "2"),
    ("segment_since",        "within",       of(JOINED, more_days_ago=0),            "2 3"),
    ("segment_since",        "within",       of(JOINED, before="2026-11-25"),        "2"),
    ("segment_since",        "within",       of(NOBODY, last=4),                     ""),
    ("segment_since",        "not_within",   of(JOINED, last=4),                     "1 2 4 5 6"),
    ("segment_since",        "not_within",   of(JOINED, more_days_ago=0),            "1 4 5 6"),
    ("segment_since",        "not_within",   of(NOBODY, last=4),                     EVERYBODY),
    ("segment_entered",      "within",       of(JOINED, last=4),                     "3"),
    ("segment_entered",      "within",       of(JOINED, last=11),                    "3 4"),
    ("segment_entered",      "within",       of(JOINED, more_days_ago=10),           "4"),
    ("segment_entered",      "within",       of(JOINED, more_days_ago=30),           ""),
    ("segment_entered",      "within",       of(JOINED, on="2026-11-25"),            "3"),
    ("segment_entered",      "within",       of(JOINED, anniversary={"next": 365}),  "3 4"),
    ("segment_entered",      "within",       of(NOBODY, this="month"),               "5"),
    ("segment_entered",      "not_within",   of(JOINED, last=11),                    "1 2 5 6"),
    ("segment_entered",      "not_within",   of(JOINED, more_days_ago=30),           EVERYBODY),
    ("segment_left",         "within",       of(JOINED, last=3),                     "4"),
    ("segment_left",         "within",       of(JOINED, last=21),                    "3 4"),
    ("segment_left",         "within",       of(JOINED, days_ago=20),                "3 4"),
    ("segment_left",         "within",       of(JOINED, in_days=1),                  ""),
    ("segment_left",         "within",       of(NOBODY, last=3),                     "5"),
    ("segment_left",         "not_within",   of(JOINED, last=3),                     "1 2 3 5 6"),
    ("segment_left",         "not_within",   of(JOINED, in_days=1),                  EVERYBODY),
]
# fmt: on


def _ids(found):
    return " ".join(str(pk) for pk in sorted(found))


def rows_of_columns():
    """For each plain column what some row has, what no row has, and nothing."""
    for field, sample in SAMPLES.items():
        for operator, value, has in asked_of_column(field, sample) if sample.column else ():
            having = {
                one.id
                for one in PROGRAM.partners
                for row in (one.contracts if field in OF_CONTRACT else [one])
                if row.columns[sample.column] in has
            }
            yield field, operator, value, _ids(having)
            complement = CATALOG[field].operator(operator).complement
            yield field, complement, value, _ids(PROGRAM.ids - having)


def asked_of_column(field, sample):
    """Positive operators of the field, each with a value, and what rows have there that meet it."""
    keys = {operator.key for operator in CATALOG[field].operators}
    if "any_of" in keys:
        yield from (("any_of", [value], [value]) for value in (sample.wanted, *sample.filler(1)))
    if "within" in keys:
        yield "within", {"on": day_of(sample.wanted).isoformat()}, [sample.wanted]
        yield "within", {"on": "1900-01-01"}, []
    if "is_empty" in keys:
        yield "is_empty", None, [None, ""]


TABLE += rows_of_columns()


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "operator", "value", "partners"), TABLE)
def test_the_table_holds(field, operator, value, partners):
    store(PROGRAM)
    definition = {
        "version": 1,
        "any": [{"all": [{"field": field, "operator": operator, "value": value}]}],
    }
    condition = compile_definition(Definition.from_json(definition), AT)
    assert _ids(Partner.objects.filter(condition).values_list("pk", flat=True)) == partners


@pytest.mark.parametrize(("field", "operator", "value", "partners"), TABLE)
def test_the_evaluator_of_the_laws_agrees_with_the_table(field, operator, value, partners):
    condition = {"field": field, "operator": operator, "value": value}
    assert _ids(matching({"any": [{"all": [condition]}]}, PROGRAM)) == partners


@pytest.mark.parametrize(("field", "operator"), ASKED)
def test_the_table_shows_where_each_operator_matches_and_where_it_does_not(field, operator):
    matched = [
        set(partners.split()) for one, other, _, partners in TABLE if (one, other) == (field, operator)
    ]
    assert matched, f"no row shows {field} with {operator}"
    everybody = set(EVERYBODY.split())
    assert any(ids and ids != everybody for ids in matched), (
        f"no row of {field} {operator} tells partners apart"
    )
    if (field, operator) not in asked_with(NOTHING):
        assert any(ids in (set(), everybody) for ids in matched), (
            f"no row of {field} {operator} names what nobody has"
        )


@pytest.mark.parametrize(("field", "operator"), asked_with(TEXTS))
@pytest.mark.parametrize("sign", ["%", "_", "\\"])
def test_the_table_shows_that_wildcards_stand_for_themselves(field, operator, sign):
    assert any(sign in value for one, other, value, _ in TABLE if (one, other) == (field, operator)), (
        f"no row looks for {sign} in {field} with {operator}"
    )
