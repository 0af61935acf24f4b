"""Countries as files name them: codes, the names of ISO 3166 in any order of words, and everyday names."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from string import ascii_uppercase

from django_countries import countries
from django_countries.data import COUNTRIES as ISO_NAMES

CODE = re.compile(r"[A-Za-z]{2,3}")
PARTED = re.compile(r"(.+?)(?:, | \()(.+?)\)?")
"""`Korea, Republic of` and `Korea (the Republic of)`."""
BETWEEN = re.compile(r"\s[-\u2013]\s|[(),/:]")
"""What stands between two names of one country: `DE - Germany`, `Great Britain (UK)`."""
SUBDIVISION = re.compile(r"([A-Z]{2})-([A-Z]{1,3})")
"""A part of a country by its code in ISO 3166-2: `GB-ENG`."""
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0061-\U000e007f]*")
"""Two letters that show as a flag. That of England is a black flag and the letters `gbeng`."""
FLAG_LETTERS: dict[int, str | None] = {
    first + place: letter for first in (0x1F1E6, 0xE0061) for place, letter in enumerate(ascii_uppercase)
} | {0x1F3F4: None}
SHORT_FORMS = {
    "dem": "democratic", "rep": "republic", "fed": "federated", "sts": "states", "terr": "territories",
    "is": "islands", "isl": "islands", "eq": "equatorial", "fr": "french", "br": "british",
    "n": "north", "s": "south", "w": "western",
}  # fmt: skip
SHORTENED = re.compile(rf"(?<![^\W_])(?<!\.)({'|'.join(SHORT_FORMS)})(?:\.|(?=_|$))", re.IGNORECASE)
"""`Dem.`, but not the `S.` of `U.S.`"""
UNIMPORTANT = {"the", "of", "and"}
FORMS_OF_STATE = {
    *("the", "republic", "kingdom", "state", "states", "commonwealth", "principality", "sultanate", "union"),
    *(
        "grand",
        "duchy",
        "federal",
        "federated",
        "federative",
        "democratic",
        "socialist",
        "islamic",
        "peoples",
        "arab",
    ),
    *("bolivarian", "plurinational", "oriental", "independent", "hashemite"),
}
OTHER_NAMES = {
    "AE": "UAE, Emirates, Abu Dhabi, Dubai",
    "AG": "Antigua",
    "AT": "Österreich",
    "AX": "Aland",
    "BA": "Bosnia, BiH",
    "BE": "België, Belgique, Belgien",
    "BL": "St Barts, Saint Barts, St Barth",
    "BN": "Brunei",
    "BO": "Bolivia",
    "BR": "Brasil",
    "BQ": "Caribbean Netherlands, Bonaire",
    "CC": "Cocos Islands, Keeling Islands",
    "CD": "DRC, DR Congo, Congo DR, Congo DRC, Congo Kinshasa, Democratic Republic of Congo, Zaire",
    "CG": "Congo Republic, Congo Brazzaville",
    "CH": "Schweiz, Suisse, Svizzera",
    "CI": "Ivory Coast, Cote Ivoire, Cote d Ivoire",
    "CN": "Mainland China, PRC, PR China, People's Republic of China",
    "CV": "Cape Verde",
    "CZ": "Czech Republic, Czech",
    "DE": "Deutschland",
    "DK": "Danmark",
    "DO": "Dominican Rep",
    "ES": "España",
    "FI": "Suomi",
    "FK": "Falkland Islands, Falklands, Malvinas",
    "FM": "Micronesia",
    "FO": "Faeroe Islands",
    "GB": (
        "UK, U K, GBR, Great Britain, Britain, England, Scotland, Wales, Northern Ireland,"
        " United Kingdom, United Kingdom of Great Britain, Great Britain and Northern Ireland,"
        " Great Britain and N I, Great Britain and NI, GB and NI, N Ireland,"
        " United Kingdom of Great Britain and N I, United Kingdom of Great Britain and N Ireland"
    ),
    "HK": "Hong Kong, Hong Kong SAR, Hong Kong SAR China, Hong Kong China",
    "IE": "Eire",
    "IR": "Iran",
    "IT": "Italia",
    "KG": "Kyrgyz Republic",
    "KN": "St Kitts, Saint Kitts, St Kitts Nevis",
    "KP": "North Korea, DPRK",
    "KR": "South Korea, ROK, Korea South",
    "LA": "Laos, Lao, Lao PDR",
    "LC": "St Lucia",
    "LY": "Libya, Libyan Arab Jamahiriya",
    "MD": "Moldova",
    "MF": "St Martin, Saint Martin",
    "MK": "Macedonia, FYROM, Macedonia FYR, Former Yugoslav Republic of Macedonia",
    "MM": "Burma, Myanmar Burma",
    "MO": "Macau, Macao SAR, Macau SAR, Macao SAR China, Macau SAR China",
    "NL": "Holland, Netherlands, Nederland",
    "NO": "Norge",
    "NR": "Nauru",
    "PL": "Polska",
    "PM": "St Pierre and Miquelon, St Pierre Miquelon",
    "PN": "Pitcairn Islands, Pitcairn Island",
    "PS": (
        "Palestine, Palestinian Territories, Palestinian Territory, Palestinian Territory Occupied,"
        " West Bank and Gaza"
    ),
    "RU": "Russia, Russian Fed",
    "SA": "KSA",
    "SE": "Sverige",
    "SH": "St Helena, Saint Helena",
    "SJ": "Svalbard, Svalbard and Jan Mayen Islands",
    "SK": "Slovak Republic",
    "ST": "Sao Tome",
    "SX": "Sint Maarten, St Maarten",
    "SY": "Syria",
    "SZ": "Swaziland",
    "TC": "Turks and Caicos",
    "TL": "East Timor",
    "TR": "Turkey, Türkiye",
    "TT": "Trinidad",
    "TW": "Taiwan, Republic of China, Taiwan China, Taiwan ROC, Chinese Taipei",
    "TZ": "Tanzania",
    "US": "USA, U S, U S A, US of A, America, United States, United States of America",
    "VA": "Vatican, Holy See Vatican City State, Vatican City, Vatican City State",
    "VC": "St Vincent, Saint Vincent, St Vincent and the Grenadines",
    "VE": "Venezuela",
    "VG": "British Virgin Islands, BVI",
    "VI": "US Virgin Islands, U S Virgin Islands, USVI, Virgin Islands of the United States",
    "VN": "Vietnam, Viet Nam",
    "WF": "Wallis and Futuna Islands",
    "XK": "Kosovo",
}
"""Those that are no names of ISO 3166, and older ones of countries that still are one."""


def country_code(text: str) -> str | None:
    """The code of two letters; None if the text names no country for sure.

    A code is letters alone: `N/A` is not Namibia's.
    """
    trimmed = FLAG.sub(lambda flag: f",{flag[0].translate(FLAG_LETTERS)[:2]},", text).strip(", \t\r\n")
    if CODE.fullmatch(trimmed) and (code := _codes().get(trimmed.upper())):
        return code
    if part := SUBDIVISION.fullmatch(trimmed):
        # `DE-AT` could be two countries, or the German of Austria.
        return _codes().get(part[1]) if part[2] not in _codes() else None
    return _named_somehow(trimmed) or _named_somehow(
        SHORTENED.sub(lambda short: SHORT_FORMS[short[1].lower()], trimmed)
    )


def _named_somehow(text: str) -> str | None:
    words = _words(text)
    return (
        _named(words)
        or _named(_after_form_of_state(words))
        or _named(_before_form_of_state(text))
        or _named_twice(text)
    )


def _named(words: list[str]) -> str | None:
    return _names().get("".join(words)) or _names().get(_sorted(words))


def _after_form_of_state(words: list[str]) -> list[str]:
    """Of `Federal Republic of Germany`, Germany."""
    of = words.index("of") if "of" in words else -1
    return words[of + 1 :] if of > 0 and set(words[:of]) <= FORMS_OF_STATE else []


def _before_form_of_state(text: str) -> list[str]:
    """Of `Germany, Federal Republic of`, Germany. `Georgia, State of` is a part of the USA."""
    parted = PARTED.fullmatch(text)
    form = set(_words(parted[2])) - UNIMPORTANT if parted else set()
    return _words(parted[1]) if parted and form and form <= FORMS_OF_STATE - {"state", "states"} else []


def _named_twice(text: str) -> str | None:
    """The country if all names mean the same, as in `DE - Germany`."""
    names = [name for name in BETWEEN.split(text) if name.strip()]
    codes = {country_code(name) for name in names} if len(names) > 1 else set()
    return codes.pop() if len(codes) == 1 else None


@cache
def _codes() -> dict[str, str]:
    return {form: code for code in countries.countries for form in (code, countries.alpha3(code)) if form}


@cache
def _names() -> dict[str, str]:
    """Every country by its names: as one word, and as its important words in alphabetical order."""
    known: dict[str, str] = {}
    for code in countries.countries:
        for name in _names_of(code):
            if words := _words(name):
                known |= {"".join(words): code, _sorted(words): code}
    return known


def _names_of(code: str) -> Iterator[str]:
    for name in (str(countries.name(code)), str(ISO_NAMES.get(code, ""))):
        yield name
        if parted := PARTED.fullmatch(name):
            first, second = parted[1], parted[2].removeprefix("the").removesuffix("the").strip()
            yield from (f"{first} {second}", f"{second} {first}")
    yield from OTHER_NAMES.get(code, "").split(", ")


def _words(text: str) -> list[str]:
    """Without accents and signs, in small letters."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+", re.sub(r"['\u2019\u02bc`]", "", plain))


def _sorted(words: list[str]) -> str:
    return " ".join(sorted({"saint" if word == "st" else word for word in words} - UNIMPORTANT))
