"""What segments add to the Contracts screen: a filter."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.admin import ContractAdmin
from contracts.models import Contract
from segments.partner_screens import SegmentFilter, segment_with


class PartnersSegmentFilter(SegmentFilter):
    """The contracts of a saved segment's partners: those of this moment, none if it is broken or gone."""

    title = _("segment of the partner")

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Contract]:
        """Those whose partner the segment's conditions hold for."""
        segment = segment_with(value)
        return rows.filter(partner__in=segment.members().ids()) if segment else rows.none()


ContractAdmin.list_filter.append(PartnersSegmentFilter)
