"""Looking a partner up by name or Partner ID, and saying why it is in a segment or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from partners.core.base_admin import name_has
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.names import identifier, without_invisible
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.models import Partner
from segments.definition import Condition, Definition, Group
from segments.insight.explanation import Explanation, explain
from segments.language.labels import Labels
from segments.query.members import segment_query

MAX_FOUND = 10


@dataclass(frozen=True, kw_only=True)
class SearchAnswer:
    """What is said of a text that was looked up: whom it may mean, or why the one partner is in or out.

    `explanation` is None while several may be meant, nobody is found, or the definition is not complete.
    """

    text: str
    found: list[Partner] = field(default_factory=list)
    more: bool = False
    """Whether more than these are found."""
    partner: Partner | None = None
    explanation: Explanation | None = None
    too_slow: bool = False


def answer(
    asked: Mapping[str, str],
    definition: Definition | None,
    labels: Labels,
    moment: Moment,
    *,
    page: str = "",
) -> SearchAnswer | None:
    """What a page asks for; None if that is nobody. `page` as in `time_limit`, with its SupersededError.

    `look_for` is a name or Partner ID, `explain` the partner who was chosen; `explained` is whom the page
    shows, in answer to `looked_for`; `again` asks for the same partner, whatever was typed since.
    """
    text = asked.get("look_for", "")
    chosen = asked.get("explain", "")
    if "again" in asked or ("look_up" not in asked and text == asked.get("looked_for")):
        chosen = chosen or asked.get("explained", "")
    if not chosen and not text.strip():
        return None
    try:
        with time_limit(seconds=limits().partner_search_timeout_s, page=page):
            found = _with_key(chosen) if chosen else look_up(text)
            if len(found) != 1:
                return SearchAnswer(text=text, found=found[:MAX_FOUND], more=len(found) > MAX_FOUND)
            said = explain(definition, found[0], labels, moment) if definition else None
            return SearchAnswer(text=text, partner=found[0], explanation=said)
    except TooSlowError:
        return SearchAnswer(text=text, too_slow=True)


def look_up(text: str) -> list[Partner]:
    """Who has this Partner ID or just this name, then whose names hold every word, by name.

    At most one more than are shown.
    """
    if "\0" in text or not without_invisible(text):
        return []
    by_name = Partner.objects.order_by("name_folded", "pk")
    exact, named = by_name.named(text), by_name.filter(name_has(text))
    found = [*_with_key(identifier(text)), *exact[: MAX_FOUND + 1], *named[: MAX_FOUND + 1]]
    return list(dict.fromkeys(found))[: MAX_FOUND + 1]


def found_outside(text: str, definition: Definition, moment: Moment) -> list[Partner]:
    """Whom a text may mean as in `look_up`, without the partners of the definition; none if that is slow."""
    try:
        with time_limit(seconds=limits().partner_search_timeout_s):
            found = look_up(text)
            if not found:
                return []
            these = Group((Condition("partner_id", "any_of", tuple(partner.pk for partner in found)),))
            inside = set(segment_query(definition, moment, and_also=these).ids())
    except TooSlowError:
        return []
    return [partner for partner in found if partner.pk not in inside]


def _with_key(text: str) -> list[Partner]:
    return list(Partner.objects.filter(pk=int(text))) if is_key(text) else []
