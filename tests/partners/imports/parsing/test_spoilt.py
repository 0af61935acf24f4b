import pytest

from partners.imports.parsing.spoilt import unspoilt


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("KÃ¼che KÃ¶ln", "Küche Köln"),
        ("BÃ¤ckerei GroÃŸ", "Bäckerei Groß"),
        ("A â€“ B", "A \u2013 B"),
        ("Food &amp; Drinks", "Food & Drinks"),
        ("Tom&#39;s &#x26; Ann", "Tom's & Ann"),
        ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
    ],
)
def test_what_was_spoilt_is_seen(text, before):
    assert unspoilt(text) == before


@pytest.mark.parametrize(
    "text",
    [
        "Café Crème",
        "São João",
        "Ünal Çelik",
        "花と庭",
        "مدونة",
        "AT&T",
        "a & b;",
        "&copy",
        "R&D;x",
        "?a=1&copy=2",
        "Â",
    ],
)
def test_what_is_right_stays(text):
    assert unspoilt(text) == text
