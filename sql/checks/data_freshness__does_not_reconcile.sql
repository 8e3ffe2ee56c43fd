-- The records of all loads that are shown, read, landed and in quarantine, beside those of data_freshness.
with

loads as (
    select
        sum(rows_read) as read_row_count,
        sum(rows_landed) as landed_row_count,
        sum(rows_quarantined) as quarantined_row_count
    from record.loads
),

mart as (
    select
        sum(read_row_count) as read_row_count,
        sum(landed_row_count) as landed_row_count,
        sum(quarantined_row_count) as quarantined_row_count
    from marts.data_freshness
),

compared as (
    select
        'records read' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        coalesce(loads.read_row_count, 0) as source_total,
        coalesce(mart.read_row_count, 0) as mart_total
    from loads
    cross join mart
    union all
    select
        'records landed' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        coalesce(loads.landed_row_count, 0) as source_total,
        coalesce(mart.landed_row_count, 0) as mart_total
    from loads
    cross join mart
    union all
    select
        'records in quarantine' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        coalesce(loads.quarantined_row_count, 0) as source_total,
        coalesce(mart.quarantined_row_count, 0) as mart_total
    from loads
    cross join mart
)

select * from compared
