-- One row per run of this warehouse.
with

runs as (
    select * from record.runs
),

entries as (
    select * from record.entries
),

-- Of a run whose record is gone the publish log still knows what it published.
published as (
    select
        coalesce(runs.run_id, entries.run_id) as run_id,
        runs.pipeline,
        coalesce(runs.status, 'published') as status,
        runs.exit_code,
        runs.started_at,
        runs.ended_at,
        runs.milliseconds,
        coalesce(runs.as_of, entries.as_of) as as_of_date,
        runs.known_at,
        entries.entry as entry_number,
        entries.published_at,
        coalesce(runs.sopmart_version, entries.sopmart_version) as sopmart_version,
        runs.extracts_landed as landed_extract_count,
        runs.extracts_refused as refused_extract_count,
        runs.rows_read as read_row_count,
        runs.rows_landed as landed_row_count,
        runs.rows_quarantined as quarantined_row_count,
        runs.models_built as built_model_count,
        runs.models_reused as reused_model_count,
        runs.checks_passed as passed_check_count,
        runs.checks_failed as failed_check_count,
        runs.checks_warned as warning_check_count,
        runs.error
    from runs
    full join entries on runs.run_id = entries.run_id
),

timed as (
    select
        run_id,
        pipeline,
        status,
        exit_code,
        started_at,
        ended_at,
        cast(milliseconds as decimal(18, 3)) / 1000 as duration_seconds,
        as_of_date,
        known_at,
        entry_number,
        published_at,
        sopmart_version,
        landed_extract_count,
        refused_extract_count,
        read_row_count,
        landed_row_count,
        quarantined_row_count,
        built_model_count,
        reused_model_count,
        passed_check_count,
        failed_check_count,
        warning_check_count,
        error
    from published
)

select * from timed
