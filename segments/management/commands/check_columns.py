"""Compares what columns in memory answer with what SQL does, for all saved segments."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from segments.models import Segment
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.store import CannotBuildError, ColumnStore
from segments.query.sql import SqlQuery


class Command(BaseCommand):
    """Builds columns of its own, lets them catch up with what is written meanwhile, and asks both ways."""

    help = "Compare the partners of all segments, by columns in memory and by SQL."

    def handle(self, *args: Any, **options: Any) -> None:
        store = ColumnStore()
        store.is_on = True
        try:
            store.build()
        except CannotBuildError as error:
            raise CommandError(str(error)) from error
        different = [segment.name for segment in Segment.objects.all() if not self._agrees(segment, store)]
        if different:
            raise CommandError(f"Columns and SQL differ for: {', '.join(different)}.")

    def _agrees(self, segment: Segment, store: ColumnStore) -> bool:
        definition, moment = segment.read_or_nobody(), Moment.now()
        with snapshot():
            state = store.state()
            if state is None:
                raise CommandError("Too much is changing for columns to follow. Try again later.")
            found = state.ids(Evaluator(state, moment).of_definition(definition)).tolist()
            agrees: bool = found == sorted(SqlQuery(definition, moment).ids())
        self.stdout.write(f"{segment.name}: {len(found):,}{'' if agrees else ', by SQL others'}")
        return agrees
