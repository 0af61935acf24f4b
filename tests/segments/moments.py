"""The moment at which definitions are asked where the answer depends on the day."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from partners.core.moment import Moment

TODAY = date(2026, 11, 28)
AT = Moment(datetime.combine(TODAY, time(12), UTC), timezone.get_default_timezone())


def days_from_today(number):
    return TODAY + timedelta(days=number)
