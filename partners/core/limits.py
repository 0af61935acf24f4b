"""Time-outs and largest numbers that an installation may change, in one object: `settings.LIMITS`.

Each field carries its unit: `_s` seconds, `_days`, `_mb` and `_bytes`, `_rows`. What a format or an algorithm
dictates (the rows of an Excel sheet, the columns of a query) is a constant where it is needed, and what
belongs to the meaning of segments (groups, conditions, values) stands in `segments`.
"""

from dataclasses import dataclass

from django.conf import settings

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits and their defaults; the settings make the one in use, docs/operating.md lists all."""

    # How long questions to the database may take. A block within another ends no later than that.
    page_timeout_s: float = 60.0
    """A page that is opened or only asks; longer than what a page can do without, which is limited below."""
    preview_timeout_s: float = 10.0
    """Each of the queries of a preview: the first partners, their number."""
    funnel_timeout_s: float = 10.0
    """What each condition and group does to the size of a segment."""
    membership_change_timeout_s: float = 10.0
    """Which partners enter and leave a segment that is about to be saved."""
    data_findings_timeout_s: float = 5.0
    """Looking for values of a definition that no row has."""
    partner_search_timeout_s: float = 5.0
    """Finding the partner that somebody asks about in the builder."""
    search_timeout_s: float = 2.0
    """Searching everything: what is found of each kind of rows."""
    near_misses_timeout_s: float = 20.0
    """All groups together: the partners kept out by one condition. What isn't found by then is left out."""
    segment_count_timeout_s: float = 30.0
    """Counting a segment that is saved; past it the segment is saved without a number."""
    sizes_now_timeout_s: float = 2.0
    """The numbers of now on lists of segments; those that take longer are the stored ones."""
    segment_list_timeout_s: float = 30.0
    """A page of the partners of a segment or a comparison, and counting them before an export."""
    overlap_timeout_s: float = 30.0
    """Comparing two or three segments."""
    partner_segments_timeout_s: float = 5.0
    """The segments that one partner is in, on the partner's page."""
    probe_timeout_s: float = 5.0
    """Whether the database answers, as load balancers ask (`/readyz`)."""
    stage_effects_timeout_s: float = 20.0
    """The sizes that all segments would have after a bulk edit of stages."""
    dashboard_timeout_s: float = 5.0
    """Counting all partners and contracts for the start page, which says so where it takes longer."""
    run_timeout_s: float = 60.0
    """Asking a tracked segment for its partners, in the worker."""
    workbook_timeout_s: int = 300
    """Processor time for reading one workbook."""

    # Other times.
    import_step_s: float = 1.0
    """How long rows of a file are checked before the page shows its progress."""
    import_step_without_script_s: float = 10.0
    """The same without JavaScript, where each step is a press of a button."""
    import_command_step_s: float = 5.0
    """The same for `import_program`, which prints its progress."""
    retry_after_s: int = 10
    """When to try again, as told with "the database is busy"."""
    lease_s: float = 60.0
    """How long a worker keeps a run without a sign of life; another takes it over then."""
    work_poll_s: float = 2.0
    """How long a worker that has nothing to do waits before it looks again."""
    stay_retention_days: int = 0
    """How long stays in tracked segments are kept after they ended; 0 for ever. Daily sizes are kept."""
    replica_max_age_s: float = 30.0
    """How old what a replica of the database says may be; where it is older, the primary is asked."""
    dashboard_cache_s: int = 60
    """How old the numbers of the start page may be."""
    unused_import_days: int = 7
    """How long a file is kept that was not imported."""
    import_details_days: int = 30
    """How long the rows of an import are kept. Who imported what is kept for good."""
    unused_stage_edit_days: int = 7
    """How long a bulk edit of stages is kept that was not confirmed."""

    # Memory.
    query_memory_mb: int = 64
    """PostgreSQL's work_mem for limited questions, for each sort and hash."""
    funnel_memory_mb: int = 256
    """The same for the funnel, which aggregates all partners by their combination of facts."""
    overlap_memory_mb: int = 256
    """The same for comparing segments, which holds the ids of all their partners."""
    columns_max_mb: int = 1_000
    """Columns in memory of each server process (`segments.query.columns`), some 200 bytes a partner at most.
    Where they would take more, and with 0, SQL answers everything."""
    stage_effects_memory_mb: int = 128
    """PostgreSQL's temp_buffers for the temporary tables of a bulk edit."""
    workbook_max_memory_gb: int = 2
    """Address space of the process that reads a workbook (GiB)."""

    # Files.
    import_max_bytes: int = 50 * MEGABYTE
    """A file that is imported in the browser."""
    import_max_rows: int = 200_000
    """Its rows."""
    import_command_max_bytes: int = 1_000 * MEGABYTE
    """A file that `import_program` imports."""
    import_command_max_rows: int = 10_000_000
    """Its rows."""
    import_json_max_bytes: int = 300 * MEGABYTE
    """Answers of impact.com's API in one file: read whole, so memory bounds it."""
    import_max_columns: int = 500
    """Columns of a table that is imported."""
    workbook_max_unpacked_bytes: int = 1_000 * MEGABYTE
    """A workbook once unzipped."""
    segment_file_max_bytes: int = 100 * MEGABYTE
    """A file with the definition of a segment, downloaded or imported."""
    session_max_drafts: int = 10
    """Unsaved definitions that a session keeps for "See all"."""
    session_max_draft_characters: int = 500_000
    """All of them together, as JSON."""
    definition_cache_max_characters: int = 2_000_000
    """All definitions, as JSON, that a process keeps parsed: some thousands of the usual length."""

    # Rows.
    statement_max_rows: int = 10_000
    """Rows that one statement writes."""
    import_part_rows: int = 1_000
    """Rows of a file that are stored, checked and shown as progress together."""
    import_write_rows: int = 10_000
    """Rows of an import that are read back and written together."""
    import_inline_max_rows: int = 5_000
    """Rows that are written while the browser waits for the answer; more have a page that can be left."""
    analyze_min_rows: int = 1_000
    """Rows written at once after which statistics are refreshed; fewer don't change a plan."""
    export_sorted_max_rows: int = 100_000
    """Partners that an export sorts like the list; sorting a million names takes longer than reading them."""
    export_fetch_rows: int = 1_000
    """Rows that an export reads at once."""
    list_max_counted_rows: int = 10_000
    """Where the lists stop counting. Pages past it are not offered: a search leads there faster."""
    delete_max_rows: int = 1_000
    """Rows that one action deletes."""
    search_max_rows: int = 5_000
    """Rows that a search collects by their keys before the list is asked; more of them soon fill its page."""
    history_max_changes: int = 200
    """Changes of stage on the page of a partner or contract, the last ones."""
    partner_page_max_contracts: int = 200
    """Contracts on the page of a partner."""
    partner_page_max_segments: int = 500
    """Segments that are asked whether they have the partner, on that page."""
    segment_list_page_rows: int = 100
    """Partners on a page of a segment's list."""
    version_list_page_rows: int = 25
    """Versions on a page of a segment's history."""
    import_list_page_rows: int = 50
    """Rows on a page of an import."""
    data_findings_max_values: int = 200
    """Values looked for by the data findings: a longer list is pasted, not picked one by one."""


def limits() -> Limits:
    """The limits in use. Ask when they are needed, never at import: tests and operators change them."""
    return settings.LIMITS
