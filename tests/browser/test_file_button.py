"""The button that chooses a file is the browser's own, in the colours of the theme."""

import pytest

COLOUR = """field => {
  const probe = document.createElement("i");
  probe.style.setProperty("color", "VAR");
  field.after(probe);
  const wanted = getComputedStyle(probe).color;
  probe.remove();
  return wanted;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/admin/partners/import/add/", "/admin/segments/segment/import/"])
def test_the_button_has_the_colours_of_the_theme(visit, superuser, db, address, scheme):
    page = visit(superuser, color_scheme=scheme)
    page.goto(address)
    field = page.get_by_label("File", exact=True)
    button = field.evaluate(
        "field => (({color, backgroundColor}) => [color, backgroundColor])"
        "(getComputedStyle(field, '::file-selector-button'))"
    )
    wanted = [field.evaluate(COLOUR.replace("VAR", f"var({name})")) for name in ("--ink", "--sunken")]
    assert button == wanted
