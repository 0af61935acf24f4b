"""The builder as a browser has it: addresses, definitions, what a form posts, and what a page shows."""

from html.parser import HTMLParser

from django.http import QueryDict
from django.urls import reverse

from segments.builder.actions import press
from segments.builder.formset import Builder
from segments.builder.state import BuilderState, from_definition, from_post
from segments.models import Segment

ADD = reverse("admin:segments_segment_add")
LIST = reverse("admin:segments_segment_changelist")
AUTOCOMPLETE = reverse("admin:autocomplete")


def change(segment):
    return reverse("admin:segments_segment_change", args=[segment.pk])


def partners_of(segment):
    return reverse("admin:segments_segment_partners", args=[segment.pk])


def delete(segment):
    return reverse("admin:segments_segment_delete", args=[segment.pk])


def asks(field, operator, value=None, where=None):
    parts = {"field": field, "operator": operator, "value": value, "where": where}
    return {name: part for name, part in parts.items() if part is not None}


def any_of(*groups):
    """A definition; each group is given as its list of conditions, or as JSON has it."""
    return {
        "version": 1,
        "any": [group if isinstance(group, dict) else {"all": list(group)} for group in groups],
    }


def but(definition, *groups):
    """The definition with these groups excepted."""
    return {**definition, "version": 2, "except": any_of(*groups)["any"]}


JOINED = asks("contract_stage", "any_of", ["joined"])
NEW = asks("prospecting_stage", "any_of", ["new"])
EXPIRED = asks("prospecting_stage", "any_of", ["expired"])
PROSPECTS = any_of([NEW])


def saved(name="Prospects", definition=PROSPECTS, **values):
    return Segment.objects.create(name=name, definition=definition, **values)


def form(definition=PROSPECTS, button="", fields=None, **named):
    """What the builder posts for a definition when this button is pressed; fields by name on top."""
    data = posted(from_definition(definition)) | (fields or {}) | named
    return data | ({button: "1"} if button else {})


def posted(state):
    """What a form posts that holds this."""
    data = {"name": [state.name], "draft": [state.draft], "row": [str(row.index) for row in state.rows]}
    data["revision"] = ["" if state.revision is None else str(state.revision)]
    for row in state.rows:
        data[f"{row.prefix}-group"] = [row.group]
        for one in (row, *row.where):
            fields = {"field": one.field, "operator": one.operator, "shown": one.shown}
            data |= {f"{one.prefix}-{name}": [value] for name, value in fields.items() if value}
            data[f"{one.prefix}-value"] = list(one.values)
        if row.where:
            data[f"{row.prefix}-where"] = [str(limit.index) for limit in row.where]
    data |= {f"group-{number}-contracts": [choice] for number, choice in state.contracts.items()}
    return data | {f"group-{number}-kind": ["except"] for number in state.excepted}


def read(data):
    """A form as the server reads it."""
    read = QueryDict(mutable=True)
    for name, values in data.items():
        read.setlist(name, values if isinstance(values, list) else [values])
    return read


def built(form):
    """The builder of a form, given as its fields or as its state."""
    return Builder(form if isinstance(form, BuilderState) else from_post(read(form)))


def pressed(form):
    """The state of a form after the button in it."""
    return press(from_post(read(form)), form)


class _FormReader(HTMLParser):
    """The successful controls of the builder's form, buttons left out."""

    def __init__(self):
        super().__init__()
        self.data = {}
        self.inside = False
        self.open = None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.inside = found.get("id") == "builder-form" or "held" in found
        if not self.inside and (tag, found.get("form")) != ("input", "builder-form"):
            return
        if tag == "input" and found.get("name"):
            self.data.setdefault(found["name"], []).append(found.get("value") or "")
        elif tag in ("select", "textarea"):
            self.open = (tag, found["name"], "multiple" in found, [""], [])
        elif tag == "option":
            _tag, _name, _many, _text, options = self.open
            options.append((found.get("value", ""), "selected" in found))

    def handle_data(self, text):
        if self.open and self.open[0] == "textarea":
            self.open[3].append(text)

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        if self.open and tag == self.open[0]:
            _tag, name, many, text, options = self.open
            chosen = [value for value, selected in options if selected]
            if tag == "textarea":
                # A browser drops the line break that a textarea may start with.
                chosen = ["".join(text).removeprefix("\n")]
            elif not many:
                chosen = chosen[:1] or [value for value, _selected in options[:1]]
            self.data.setdefault(name, []).extend(chosen)
            self.open = None


def fields_of(answer):
    """What a browser would post from the builder on this page."""
    reader = _FormReader()
    reader.feed(text_of(answer))
    reader.data.pop("csrfmiddlewaretoken", None)
    return {name: values for name, values in reader.data.items() if values}


def text_of(answer):
    return answer.content.decode()


def rows_of(answer):
    """The page's rows as (field, operator, value): lists of choices, or the one text."""
    data = fields_of(answer)
    return [
        tuple(
            data.get(f"row-{index}-{name}", [""])[0 if name != "value" else slice(None)]
            for name in ("field", "operator", "value")
        )
        for index in data.get("row", [])
    ]
