-- One row per extract of the pipeline.
with

extracts as (
    select * from record.extracts
),

loads as (
    select * from record.loads
),

brought as (
    select
        extract,
        count(distinct load_number) as load_count,
        count(*) as file_count,
        max(known_at) as last_known_at,
        max(snapshot_date) as last_snapshot_date,
        max(covered_to) as covered_to_date,
        sum(rows_read) as read_row_count,
        sum(rows_landed) as landed_row_count,
        sum(rows_quarantined) as quarantined_row_count
    from loads
    group by extract
),

compared as (
    select
        extracts.extract,
        extracts.load_mode,
        extracts.expected_to as expected_to_date,
        brought.covered_to_date,
        extracts.expected_to - brought.covered_to_date as days_behind,
        extracts.allowed_age_hours,
        brought.last_snapshot_date,
        brought.last_known_at,
        coalesce(brought.load_count, 0) as load_count,
        coalesce(brought.file_count, 0) as file_count,
        coalesce(brought.read_row_count, 0) as read_row_count,
        coalesce(brought.landed_row_count, 0) as landed_row_count,
        coalesce(brought.quarantined_row_count, 0) as quarantined_row_count
    from extracts
    left join brought on extracts.extract = brought.extract
),

judged as (
    select
        extract,
        load_mode,
        expected_to_date,
        covered_to_date,
        days_behind,
        allowed_age_hours,
        days_behind * 24 > allowed_age_hours as is_late,
        last_snapshot_date,
        last_known_at,
        load_count,
        file_count,
        read_row_count,
        landed_row_count,
        quarantined_row_count,
        cast(quarantined_row_count as double) / nullif(read_row_count, 0) as quarantined_rate
    from compared
)

select * from judged
