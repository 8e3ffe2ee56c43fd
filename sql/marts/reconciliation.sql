-- One row per total of a mart and period that a reconciling check compares with its source.
with

totals as (
    select * from record.totals
),

compared as (
    select
        mart,
        measure,
        period_kind,
        coalesce(cast(period_start as varchar), '(all)') as period,
        period_start,
        source_total,
        mart_total,
        mart_total - source_total as difference
    from totals
)

select * from compared
