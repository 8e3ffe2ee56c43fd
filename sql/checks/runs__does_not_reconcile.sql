-- The runs, their records and the entries of the publish log, beside those of the table runs.
with

run_ids as (
    select run_id from record.runs
    union
    select run_id from record.entries
),

source_runs as (
    select count(*) as run_count from run_ids
),

source_rows as (
    select
        coalesce(sum(rows_read), 0) as read_row_count,
        coalesce(sum(rows_landed), 0) as landed_row_count,
        coalesce(sum(rows_quarantined), 0) as quarantined_row_count
    from record.runs
),

source_entries as (
    select count(*) as entry_count from record.entries
),

mart as (
    select
        count(*) as run_count,
        count(entry_number) as entry_count,
        coalesce(sum(read_row_count), 0) as read_row_count,
        coalesce(sum(landed_row_count), 0) as landed_row_count,
        coalesce(sum(quarantined_row_count), 0) as quarantined_row_count
    from marts.runs
),

totals as (
    select
        'runs' as measure,
        source_runs.run_count as source_total,
        mart.run_count as mart_total
    from source_runs
    cross join mart
    union all
    select
        'entries of the publish log' as measure,
        source_entries.entry_count as source_total,
        mart.entry_count as mart_total
    from source_entries
    cross join mart
    union all
    select
        'records read' as measure,
        source_rows.read_row_count as source_total,
        mart.read_row_count as mart_total
    from source_rows
    cross join mart
    union all
    select
        'records landed' as measure,
        source_rows.landed_row_count as source_total,
        mart.landed_row_count as mart_total
    from source_rows
    cross join mart
    union all
    select
        'records in quarantine' as measure,
        source_rows.quarantined_row_count as source_total,
        mart.quarantined_row_count as mart_total
    from source_rows
    cross join mart
),

compared as (
    select
        measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source_total,
        mart_total
    from totals
)

select * from compared
