"""What a row of the builder asks, in a sentence for its “?”."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from segments.operators import Operator, ValueType

WORDS: dict[ValueType, StrOrPromise] = {
    ValueType.LIST: _("Met if at least one of the values fits."),
    ValueType.TEXT: _(
        "Met if a name has the text. Small and capital letters make no difference, accents do."
    ),
    ValueType.DAYS: _(
        "Met if the day is among these. Words such as “the next 30 days” move on with the calendar."
    ),
    ValueType.NUMBER: _("Met if the number fits. A partner without any has 0."),
    ValueType.NUMBERS: _("Met if the number fits. A partner without any has 0."),
    ValueType.NOTHING: _("Met if nothing is there."),
}
OPPOSITE = _("The opposite: met by all partners who do not meet “%s”, also if there is nothing to compare.")


def help_for(operator: Operator, opposite: Operator | None) -> str:
    """What a partner has to do to meet it; `opposite` is the positive operator of a negative one."""
    if operator.negative and opposite:
        return str(OPPOSITE) % opposite.label
    return str(WORDS[operator.value_type])
