import json
from datetime import date

import pytest

from contracts.imports.brand_api import contract_stage, prospecting_stage, read_program
from partners.imports.errors import Refused
from partners.imports.parsing.dates import read_day

PARTNER = {
    "Id": "700123",
    "Name": "Fern & Finch Reviews",
    "Website": "https://fernfinch.example",
    "State": "ACTIVE",
    "Address": {"Country": "DE", "City": "Jena"},
    "PromotionalMethods": [{"Type": "EMAIL", "IsPrimary": False}, {"Type": "CONTENT", "IsPrimary": True}],
    "Programs": [{"Id": "4100", "JoinDate": "2025-02-03T10:00:00+01:00", "ExpirationDate": ""}],
    "Contacts": [{"Email": "info@fernfinch.example"}, {"Email": "ada@fernfinch.example", "IsPrimary": True}],
}
OLDER = {
    "Id": 700124,
    "Name": "Older Shape",
    "Contact": {"FirstName": "Ben", "LastName": "Muster", "EmailAddress": "ben@older.example"},
}
CONTRACT = {
    "Id": "S-5550001",
    "PartnerId": "700123",
    "Status": "ACTIVE",
    "StartDate": "2025-02-03T00:00:00+01:00",
    "EndDate": "",
    "BrandSignatoryDate": "2025-02-02T15:00:00+01:00",
    "PartnerSignatoryDate": "2025-02-03T09:59:00+01:00",
    "TemplateTerms": {"TemplateId": 30011, "VersionId": 2, "Name": "Public Terms", "Currency": "EUR"},
}
GROUP = {
    "Id": "8801",
    "Name": "Garden bloggers",
    "MediaPartners": [{"PartnerId": "700123"}, {"PartnerId": 700124}],
}
EMPTY = {"Id": "8802", "Name": "Nobody yet", "MediaPartners": []}


@pytest.fixture
def read(tmp_path):
    """Reads answers, each in a file of its own; the rows of each list."""

    def read(*answers):
        paths = []
        for number, answer in enumerate(answers):
            path = tmp_path / f"{number}.json"
            path.write_text(answer if isinstance(answer, str) else json.dumps(answer))
            paths.append(path)
        program = read_program(paths)
        return {
            what: [row for _n, row in table.rows] for what, table in program.tables.items()
        }, program.warnings

    return read


def test_both_shapes_of_partners_are_read(read):
    tables, warnings = read({"Partners": [PARTNER]}, {"MediaPartners": [OLDER]})
    assert tables == {
        "partners": [
            [
                "700123", "Fern & Finch Reviews", "ada@fernfinch.example", "https://fernfinch.example",
                "joined", "DE", "content_reviews", "2025-02-03",
            ],
            ["700124", "Older Shape", "ben@older.example", "", "", "", "", ""],
        ]
    }  # fmt: skip
    assert warnings == []


def test_groups_have_a_row_for_each_partner_or_one_for_themselves(read):
    tables, _warnings = read({"Groups": [GROUP, EMPTY]})
    assert tables == {
        "groups": [["Garden bloggers", "700123"], ["Garden bloggers", "700124"], ["Nobody yet", ""]]
    }


def test_a_contract_is_read(read):
    tables, _warnings = read({"Contracts": [CONTRACT]})
    row = ["S-5550001", "700123", "Public Terms", "EUR", "joined", "2025-02-03T00:00:00+01:00", ""]
    assert tables == {"contracts": [row]}


def test_a_proposal_without_a_start_starts_when_it_was_signed(read):
    tables, _warnings = read(
        {"Contracts": [CONTRACT | {"Status": "PENDING", "StartDate": "", "PartnerSignatoryDate": ""}]}
    )
    assert tables["contracts"][0][4:6] == ["awaiting_publisher_approval", "2025-02-02T15:00:00+01:00"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_partners_state_counts_whichever_file_comes_first(read, order):
    answers = [{"Contracts": [CONTRACT]}, {"Partners": [PARTNER | {"State": "SUSPENDED"}]}][::order]
    tables, _warnings = read(*answers)
    assert tables["contracts"][0][4] == "suspended"
    assert tables["partners"][0][4] == "suspended"


BOTH = {"BrandSignatoryDate": "2025-01-01", "PartnerSignatoryDate": "2025-01-01"}
BRAND = BOTH | {"PartnerSignatoryDate": ""}
SIDE = BOTH | {"BrandSignatoryDate": ""}


@pytest.mark.parametrize(
    ("status", "signed", "state", "stage"),
    [
        ("UPCOMING", BOTH, "ACTIVE", "awaiting_contract_start"),
        ("PENDING", BRAND, "ACTIVE", "awaiting_publisher_approval"),
        ("PENDING", SIDE, "ACTIVE", "awaiting_advertiser_approval"),
        ("DECLINED", BRAND, "ACTIVE", "publisher_declined"),
        ("DECLINED", SIDE, "ACTIVE", "advertiser_declined"),
        ("ACTIVE", BOTH, "ACTIVE", "joined"),
        ("active", BOTH, "", "joined"),
        ("ACTIVE", BOTH, "SUSPENDED", "suspended"),
        ("EXPIRED", BOTH, "ACTIVE", "expired"),
        ("EXPIRED", BOTH, "DEACTIVATED", "publisher_deactivated"),
        ("EXPIRED", BOTH, "CLOSED", "publisher_deactivated"),
        ("PENDING", BOTH, "ACTIVE", "PENDING, signed by both sides"),
        ("DECLINED", {}, "ACTIVE", "DECLINED, signed by neither side"),
        ("CANCELLED", BOTH, "ACTIVE", "CANCELLED"),
        ("", BOTH, "ACTIVE", ""),
    ],
)
def test_a_status_becomes_a_stage(status, signed, state, stage):
    assert contract_stage({"Status": status, **signed}, state) == stage


@pytest.mark.parametrize(
    ("stages", "stage"),
    [
        (["joined", "expired", "awaiting_publisher_approval"], "joined"),
        (["suspended", "expired"], "suspended"),
        (["awaiting_contract_start"], "negotiating"),
        (["publisher_countered"], "negotiating"),
        (["awaiting_advertiser_approval", "expired"], "negotiating"),
        (["awaiting_publisher_approval", "expired"], "outreach"),
        (["expired", "publisher_declined"], "expired"),
        (["publisher_deactivated"], "expired"),
        (["publisher_declined", "advertiser_declined"], "rejected_by_partner"),
        (["advertiser_declined"], "rejected_by_you"),
        (["nothing that is known"], ""),
        ([], ""),
    ],
)
def test_a_partners_stage_follows_from_its_contracts(stages, stage):
    assert prospecting_stage({}, set(stages), date(2026, 1, 1)) == stage


@pytest.mark.parametrize(
    ("state", "expires", "stage"),
    [
        ("ACTIVE", "", "joined"),
        ("ACTIVE", "2026-01-01T00:00:00Z", "joined"),
        ("ACTIVE", "2025-12-31T00:00:00Z", "expired"),
        ("SUSPENDED", "", "suspended"),
        ("CLOSED", "", "expired"),
    ],
)
def test_without_contracts_it_follows_from_the_programs_that_it_joined(state, expires, stage):
    partner = {
        "State": state,
        "Programs": [{"JoinDate": "2025-02-03", "ExpirationDate": expires}, {"JoinDate": ""}],
    }
    assert prospecting_stage(partner, set(), date(2026, 1, 1)) == stage


@pytest.mark.parametrize(
    ("method", "model"),
    [
        ("SOCIAL_MEDIA", "social_influencer"),
        ("coupon site", "deal_coupons"),
        ("MOBILE_APP", "other"),
        ("", ""),
    ],
)
def test_a_promotional_method_becomes_a_business_model(read, method, model):
    tables, _warnings = read({"Partners": [PARTNER | {"PromotionalMethods": [{"Type": method}]}]})
    assert tables["partners"][0][6] == model


# Pages


def page(number, pages, total, ids, **more):
    entries = [{"Id": key, "Name": f"Partner {key}"} for key in ids]
    return {"@page": number, "@numpages": str(pages), "@total": str(total), "Partners": entries, **more}


def test_pages_come_in_one_file_or_in_several(read):
    first, second = page(1, 2, 3, [1, 2]), page("2", 2, 3, [3])
    for answers in ([first, second], [[first, second]], [json.dumps(first) + "\n" + json.dumps(second)]):
        tables, warnings = read(*answers)
        assert [row[0] for row in tables["partners"]] == ["1", "2", "3"]
        assert warnings == []


def test_answers_one_after_the_other_are_gone_through_once(read, monkeypatch):
    begun = []

    class Decoder(json.JSONDecoder):
        def raw_decode(self, text, start=0):
            begun.append((len(text), start))
            return super().raw_decode(text, start)

    monkeypatch.setattr(json, "JSONDecoder", Decoder)
    one = json.dumps(page(1, 1, 1, [1]))
    tables, _warnings = read(f" {one} , {one}\n\n{one},")
    assert len(tables["partners"]) == 1
    length = 3 * len(one) + 7
    assert begun == [(length, 1), (length, len(one) + 4), (length, 2 * len(one) + 6)]


def test_missing_pages_are_told(read):
    _tables, warnings = read(page(1, 4, 7, [1, 2]), page(3, 4, 7, [5, 6]))
    assert warnings == ["Not all partners are there: 4 of 7. Missing pages: 2, 4."]


def test_a_next_page_that_is_not_there_is_told(read):
    answer = {"@page": "1", "@nextpageuri": "/Advertisers/x/Partners?Page=2", "Partners": [PARTNER]}
    _tables, warnings = read(answer)
    assert warnings == ["Not all partners are there: 1 of more. Missing pages: 2."]


def test_a_total_that_is_not_reached_is_told(read):
    _tables, warnings = read({"@total": "3", "Groups": [EMPTY]})
    assert warnings == ["Not all groups are there: 1 of 3."]


def test_an_entry_that_comes_again_on_the_next_page_counts_once(read):
    tables, warnings = read(page(1, 2, 3, [1, 2]), page(2, 2, 3, [2]))
    assert [row[0] for row in tables["partners"]] == ["1", "2"]
    assert warnings == [
        (
            "Not all partners are there: 2 of 3."
            " 1 stands on two pages: the list changed while it was saved. Save it again."
        )
    ]


def test_an_entry_that_stands_twice_on_one_page_is_not_said_to_stand_on_two(read):
    _tables, warnings = read(page(1, 2, 4, [1, 1]), page(2, 2, 4, [2, 3]))
    assert warnings == ["Not all partners are there: 3 of 4. 1 stands on a page that has it already."]
    _tables, warnings = read(page(1, 2, 5, [1, 1]), page(2, 2, 5, [1, 2]))
    assert [warnings[0].count(said) for said in ("1 stands on a page", "1 stands on two pages")] == [1, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "0.json is no JSON"),
        (b"[" * 200_000, "0.json is no JSON"),
        (b"\xff\xfe\x00", "0.json is no JSON: its text is neither UTF-8 nor UTF-16"),
        ('{"Partners": "Café"}'.encode("cp1252"), "its text is neither UTF-8 nor UTF-16"),
        (b"", "0.json is no answer of the Brand API: none of the lists Partners, MediaPartners, Groups"),
        (b"[1, 2]", "0.json is no answer of the Brand API"),
        (b'{"Partners": 7}', "is no answer of the Brand API"),
        (b'{"Ads": []}', "is no answer of the Brand API"),
        (b'{"Partners": []} {"Message": "Slow down"}', "1 of the 2 answers in 0.json are no answer of"),
        (b'{"Partners": []} {"Message": "Slow down"}', "It says: Slow down"),
    ],
)
def test_what_is_no_answer_of_the_api_is_refused_by_name_and_stops_no_other(tmp_path, content, reason):
    bad, good = tmp_path / "0.json", tmp_path / "1.json"
    bad.write_bytes(content)
    good.write_text(json.dumps({"Partners": [PARTNER]}))
    program = read_program([bad, good])
    assert list(program.refused) == ["0.json"]
    assert reason in program.refused["0.json"]
    assert list(program.tables) == ["partners"]


def test_answers_of_hundreds_of_megabytes_are_refused(tmp_path, change_limits):
    change_limits(import_json_max_bytes=10)
    path = tmp_path / "0.json"
    path.write_text(json.dumps({"Partners": [PARTNER]}))
    assert "larger than" in read_program([path]).refused["0.json"]


def test_a_list_of_something_else_is_told_and_left_aside(read):
    tables, warnings = read({"@page": "1", "Contacts": [{"Id": "1"}]}, {"Partners": [PARTNER]})
    assert warnings == ["0.json: not read, for it is a list of something else: Contacts."]
    assert list(tables) == ["partners"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_each_encoding_of_unicode_is_read(tmp_path, encoding):
    path = tmp_path / "0.json"
    path.write_bytes(json.dumps({"Partners": [PARTNER]}).encode(encoding))
    assert list(read_program([path]).tables) == ["partners"]


def of_status(status, number, pages, total, ids, uri="@uri"):
    address = f"/Advertisers/X/Contracts?Status={status}&Page={number}&PageSize=2"
    entries = [CONTRACT | {"Id": key, "Status": status} for key in ids]
    return {"@page": number, "@numpages": pages, "@total": total, uri: address, "Contracts": entries}


@pytest.mark.parametrize("uri", ["@uri", "@firstpageuri"])
def test_the_lists_of_two_statuses_have_pages_of_their_own(read, uri):
    both = of_status("ACTIVE", 1, 2, 3, ["S-1", "S-2"], uri), of_status("ACTIVE", 2, 2, 3, ["S-3"], uri)
    _tables, warnings = read(*both, of_status("EXPIRED", 1, 2, 3, ["S-4", "S-5"], uri))
    assert warnings == [
        "Not all contracts (/Advertisers/X/Contracts?Status=EXPIRED) are there: 2 of 3. Missing pages: 2."
    ]
    assert read(*both)[1] == []


def test_lists_without_an_address_are_told_apart_by_what_they_say(read):
    answers = [of_status("ACTIVE", 1, 2, 3, ["S-1", "S-2"], "x"), of_status("EXPIRED", 1, 1, 1, ["S-3"], "x")]
    _tables, warnings = read(*answers)
    assert warnings == [
        "Not all contracts (Contracts, ACTIVE, @numpages 2, @total 3) are there: 2 of 3. Missing pages: 2."
    ]


def test_a_last_page_that_says_no_address_belongs_to_the_only_list(read):
    first, second = page(1, 2, 3, [1, 2]), page(2, 2, 3, [3])
    _tables, warnings = read(first | {"@nextpageuri": "/Advertisers/X/Partners?Page=2"}, second)
    assert warnings == []


def test_of_entries_that_differ_the_last_updated_one_counts_or_both_if_none_says_so(read):
    def named(name, updated):
        return {"Partners": [{"Id": "1", "Name": name, "DateLastUpdated": updated}]}

    newer, older = named("Newer", "2025-06-01T08:00:00Z"), named("Older", "2025-06-01T09:00:00+02:00")
    for answers in ([newer, older], [older, newer]):
        tables, warnings = read(*answers)
        assert [row[1] for row in tables["partners"]] == ["Newer"]
        assert "the last updated values are taken: 1." in warnings[0]
    tables, warnings = read(newer, named("Other", "2025-06-01T08:00:00Z"))
    assert [row[1] for row in tables["partners"]] == ["Newer", "Other"]
    assert read(newer, newer)[1] == warnings == []


@pytest.mark.parametrize("nonsense", [None, 7, "x", [], {}, [None], {"Country": ["DE"]}])
def test_fields_of_another_shape_are_empty_ones(read, nonsense):
    names = ("Address", "Programs", "Contacts", "Contact", "PromotionalMethods", "State", "Name")
    tables, _warnings = read({"Partners": [{"Id": "1", **dict.fromkeys(names, nonsense)}, nonsense]})
    assert tables["partners"][0][2:4] == ["", ""]
    tables, _warnings = read(
        {
            "Contracts": [{"Id": "S-1", "TemplateTerms": nonsense}],
            "Groups": [{"Name": "A", "MediaPartners": nonsense}],
        }
    )
    assert tables["contracts"][0][2:4] == ["", ""]
    assert tables["groups"] == [["A", ""]]


@pytest.mark.parametrize("nonsense", [{"Date": "2025-01-01"}, ["2025-01-01"], "never", "31/12/25 or later"])
def test_an_end_that_can_not_be_read_is_never_no_end(read, nonsense):
    tables, _warnings = read({"Contracts": [CONTRACT | {"EndDate": nonsense}]})
    with pytest.raises(Refused):
        read_day(tables["contracts"][0][-1])
    program = {"JoinDate": "2025-02-03", "ExpirationDate": nonsense}
    stage = prospecting_stage({"Programs": [program]}, set(), date(2026, 1, 1))
    assert stage.startswith("joined, expires ")


def test_entries_of_another_shape_are_refused_rows_and_not_passed_over(read):
    tables, warnings = read({"@total": "2", "Partners": [PARTNER, "700124"]})
    assert [row[:2] for row in tables["partners"]] == [["700123", "Fern & Finch Reviews"], ["", ""]]
    assert warnings == []


def test_a_status_that_is_no_stage_is_quoted_as_it_is_written():
    assert contract_stage({"Status": "On hold"}, "ACTIVE") == "On hold"


def test_half_a_character_and_numbers_of_any_length_stop_nothing(read):
    rows, told = read(
        '{"@uri": "/Partners?x=\\ud800", "@numpages": 2, "Partners": [{"Id": 700123, "Name": "A\\ud800"}]}',
        '{"Partners": [{"Id": ' + "9" * 5_000 + ', "Name": "Long"}]}',
    )
    assert [row[:2] for row in rows["partners"]] == [["700123", "A\ufffd"], ["9" * 5_000, "Long"]]
    assert "Missing pages: 2" in told[0]
