import pytest

from partners.imports.importers.columns import REASON, match, missing, several
from partners.imports.importers.registry import guess, importer_of, importers, is_sure, looks_like_another

KINDS = [importer.key for importer in importers()]
EXPORTED = [
    "Partner ID", "Name", "E-mail", "Website", "Prospecting stage", "Groups", "Country", "Business model",
    "Original joined date", "Last transition date",
]  # fmt: skip


@pytest.mark.parametrize(
    "heading", ["Partner Id", "PartnerId", "MP ID", "Media Partner ID", "Id", "PARTNER_ID", " partner-id "]
)
def test_every_known_heading_of_a_partner_id_is_matched(heading):
    assert match([heading, "Name"], importer_of("partners").columns) == ["id", "name"]


@pytest.mark.parametrize("who", ["Affiliate", "Publisher", "Media partner", "Partner"])
def test_the_name_of_a_partner_is_known_by_the_word_that_its_id_is_known_by(who):
    assert match([f"{who} ID", f"{who} name"], importer_of("partners").columns) == ["id", "name"]


def test_the_headings_of_an_export_are_all_matched():
    assert all(match(EXPORTED, importer_of("partners").columns))


@pytest.mark.parametrize("kind", KINDS)
def test_each_column_is_known_by_its_label_and_its_aliases(kind):
    columns = importer_of(kind).columns
    for column in columns:
        for name in (str(column.label), *column.aliases):
            assert match([name.upper()], columns) == [column.key], name


@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_means_two_columns_and_none_the_reason(kind):
    names = [name for column in importer_of(kind).columns for name in column.names]
    assert len(names) == len(set(names))
    assert match([REASON], importer_of(kind).columns) == [""]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_which_row_is_meant_by_required_columns_or_others_of_its_own(kind):
    importer = importer_of(kind)
    assert importer.column(importer.identity[0]).required
    assert set(importer.identity) <= {column.key for column in importer.columns}


def test_the_surer_heading_wins_whatever_their_order():
    columns = importer_of("partners").columns
    assert match(["Id", "Partner ID", "Stage"], columns) == ["", "id", "prospecting_stage"]
    assert match(["Status", "Prospecting stage"], columns) == ["", "prospecting_stage"]


def test_what_is_missing_is_named():
    columns = importer_of("partners").columns
    assert [str(column.label) for column in missing(match(["Name"], columns), columns)] == ["Partner ID"]


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["Id", "Name"], "partners"),
        (EXPORTED, "partners"),
        (["Partner ID", "Name", "Group"], "partners"),
        (["Group", "Partner ID"], "groups"),
        (["Group"], "groups"),
        (["Name", "Currency"], "terms"),
        (["Contract ID", "Partner ID", "Stage", "Start"], "contracts"),
        (["Id", "PartnerId", "Status", "StartDate", "EndDate"], "contracts"),
    ],
)
def test_the_headings_say_what_a_file_holds(headings, kind):
    assert guess(headings).key == kind


def test_headings_that_say_nothing_are_no_kind():
    assert guess(["Foo", "Bar"]) is None


@pytest.mark.parametrize(
    "headings",
    [
        ["Id", "Name"],
        ["Id", "Name", "Stage", "Shoe size"],
        ["Partner ID", *map(str, range(200))],
        ["Partner ID", "Groups"],
        ["Group", "Partner ID"],
        ["Template term", "Currency"],
        ["Name", "Currency"],
        ["Contract ID", "Partner ID", "Stage", "Start"],
        ["Id", "PartnerId", "Status", "StartDate", "EndDate"],
    ],
)
def test_headings_of_its_own_make_a_kind_sure(headings):
    assert is_sure(guess(headings), headings)


@pytest.mark.parametrize(
    "headings",
    [
        ["network_affiliate_id", "name", "account_status", "Currency"],
        ["Name", "Website", "E-mail", "Terms"],
        ["Id", "Name", "Currency"],
        ["ID", "Status"],
        ["Partner ID", "Stage", "Start"],
        ["Partner ID", "Template term", "Stage", "Start"],
        ["Record ID", "Company", "E-mail", "Template term"],
    ],
)
def test_what_could_be_another_kind_is_not_sure(headings):
    assert not is_sure(guess(headings), headings)


@pytest.mark.parametrize(
    ("headings", "kind"), [(["Partner ID", "Groups"], "partners"), (["Group", "Partner ID"], "groups")]
)
def test_between_two_kinds_the_surer_heading_decides(headings, kind):
    assert guess(headings).key == kind


@pytest.mark.parametrize(
    ("headings", "taken"),
    [
        (["ID", "Company", "MP ID"], {"Partner ID": ("“ID”, “MP ID”", "“MP ID”, the column 3")}),
        (
            ["Partner ID", "Name", "E-mail", "e-mail"],
            {"E-mail": ("“E-mail”, “e-mail”", "“E-mail”, the column 3")},
        ),
        (["Media\nPartner ID", "Partner ID"], {"Partner ID": ("“Partner ID”", "“Partner ID”, the column 2")}),
        (["Partner ID", "Name", "Notes", "Notes"], {}),
    ],
)
def test_where_several_headings_mean_the_same_the_one_that_is_taken_is_told(headings, taken):
    columns = importer_of("partners").columns
    notes = several(headings, match(headings, columns), columns)
    assert len(notes) == len(taken)
    for note, (column, words) in zip(notes, taken.items(), strict=True):
        assert note.startswith(column)
        assert all(word in note for word in words)


def test_the_id_of_another_system_is_no_partner_id_where_there_is_one():
    for kind, key in (("partners", "id"), ("contracts", "partner")):
        assert match(["ID", "MP ID"], importer_of(kind).columns)[1] == key


def test_a_heading_that_means_another_column_is_not_told():
    columns = importer_of("contracts").columns
    headings = ["Contract ID", "Partner ID", "Contract name", "Stage changed", "Stage"]
    assert several(headings, match(headings, columns), columns) == []


def test_a_file_is_said_to_be_of_another_kind_only_if_that_uses_as_many_columns():
    partners, terms = importer_of("partners"), importer_of("terms")
    contracts = ["Contract ID", "Partner ID", "Template term", "Stage", "Start"]
    assert looks_like_another(contracts, partners) is importer_of("contracts")
    assert looks_like_another(["Name", "Currency"], partners) is terms
    assert looks_like_another(["Name", "E-mail"], partners) is None
    assert looks_like_another(["Name", "Currency"], terms) is None
