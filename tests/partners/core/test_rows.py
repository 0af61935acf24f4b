"""What the rows of lists say."""

from partners.core.rows import few


def test_of_few_all_are_named():
    assert few(["VIP", "Nordics"]) == "<bdi>VIP</bdi>, <bdi>Nordics</bdi>"
    assert few([]) == ""


def test_of_many_the_first_are_named_and_the_others_counted():
    found = few(["A", "B", "C", "D & co", "E"])
    assert found.startswith("<bdi>A</bdi>, <bdi>B</bdi>, <bdi>C</bdi> ")
    assert found.endswith('<span class="more" title="D &amp; co, E">+2</span>')


def test_a_very_long_name_is_cut():
    assert few(["<" * 200]) == f"<bdi>{'&lt;' * 39}…</bdi>"
