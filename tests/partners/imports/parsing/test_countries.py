import pytest
from django_countries import countries
from django_countries.data import COUNTRIES
from hypothesis import given
from hypothesis import strategies as st

from partners.imports.errors import Refused
from partners.imports.parsing import cells
from partners.imports.parsing.countries import OTHER_NAMES, country_code

SPELLINGS = [
    str, str.upper, str.lower, lambda name: name.upper().replace(" ", "_"), lambda name: f" {name}. ",
    lambda name: "".join(filter(str.isalpha, name.upper())), lambda name: name.replace("'", "\u2019"),
]  # fmt: skip


@pytest.mark.parametrize("spell", SPELLINGS)
def test_every_country_is_read_by_each_of_its_names_in_any_spelling(spell):
    for code in countries.countries:
        others = filter(None, OTHER_NAMES.get(code, "").split(", "))
        for name in (str(countries.name(code)), str(COUNTRIES.get(code, "Kosovo")), *others):
            assert country_code(spell(name)) == code, name


@pytest.mark.parametrize("form", [str, str.lower, str.upper, lambda code: f" {code} "])
def test_every_country_is_read_by_its_codes(form):
    for code in countries.countries:
        assert country_code(form(code)) == country_code(form(countries.alpha3(code))) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("U.A.E.", "AE"), ("U.K.", "GB"), ("U.S.", "US"), ("UNITED_STATES", "US"), ("UNITEDSTATES", "US"),
        ("IVORYCOAST", "CI"), ("Côte d\u2019Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("Türkiye", "TR"),
        ("TURKEY", "TR"), ("South Korea", "KR"), ("Korea, Republic of", "KR"), ("Republic of Korea", "KR"),
        ("KOREA_REPUBLIC_OF", "KR"), ("Korea, Democratic People's Republic of", "KP"), ("Burma", "MM"),
        ("Swaziland", "SZ"), ("Macedonia", "MK"), ("Cape Verde", "CV"), ("Holland", "NL"), ("Kosovo", "XK"),
        ("XKX", "XK"), ("Russian Federation", "RU"), ("St. Lucia", "LC"), ("Bosnia & Herzegovina", "BA"),
        ("Congo, The Democratic Republic of the", "CD"), ("Federal Republic of Germany", "DE"),
        ("Kingdom of the Netherlands", "NL"), ("Republic of China", "TW"), ("Curacao", "CW"),
        ("Great Britain (UK)", "GB"), ("DE - Germany", "DE"), ("England, UK", "GB"), ("Nauru", "NR"),
        ("Namibia", "NA"), ("NA", "NA"), ("Bahamas, The", "BS"),
        ("Congo, Dem. Rep.", "CD"), ("Congo, Rep.", "CG"), ("Dem. Rep. of the Congo", "CD"),
        ("CONGO_DEM_REP", "CD"), ("Korea, Rep.", "KR"), ("Korea, Dem. People's Rep.", "KP"),
        ("Egypt, Arab Rep.", "EG"), ("Micronesia, Fed. Sts.", "FM"), ("Czech Rep.", "CZ"),
        ("Ireland, Republic of", "IE"), ("Ireland (Rep. of)", "IE"), ("Netherlands (Kingdom of the)", "NL"),
        ("Germany, Federal Republic of", "DE"), ("Great Britain & N.I.", "GB"), ("UK (GB & NI)", "GB"),
        ("Great Britain and Northern Ireland", "GB"), ("GB-ENG", "GB"), ("US-NY", "US"), ("S. Sudan", "SS"),
        ("N. Korea", "KP"), ("U.S. Virgin Is.", "VI"), ("Cayman Is.", "KY"), ("Lao PDR", "LA"),
        ("Sao Tome", "ST"), ("São Tomé", "ST"), ("🇩🇪", "DE"), ("🇩🇪 Germany", "DE"), ("Germany 🇩🇪", "DE"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "GB"),
    ],
)  # fmt: skip
def test_a_country_is_read_as_people_and_other_systems_write_it(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "N/A", "n.a.", "#N/A", "n-a", "Korea", "Virgin Islands", "Atlantis", "EU", "Worldwide", "XX", "---",
        "", "Georgia (USA)", "Berlin, Germany", "DE, AT", "Republic of", "Netherlands Antilles",
        "DE-AT", "US-CA", "de-AT", "🇩🇪🇦🇹", "🇩🇪 Austria", "🏴", "Georgia, State of", "Korea, Dem. Rep.",
        "Rep.", "Is.",
    ],
)  # fmt: skip
def test_what_is_no_country_for_sure_is_none(text):
    assert country_code(text) is None
    with pytest.raises(Refused, match="is no country that we know"):
        cells.read_country(text)


@given(st.text())
def test_any_text_is_a_country_or_none(text):
    assert country_code(text) in {None, *countries.countries}
