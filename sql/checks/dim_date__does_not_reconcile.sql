-- The number of days from dim_date's first to its last, beside the number of its rows.
with

days as (
    select * from marts.dim_date
),

compared as (
    select
        'days' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        max(fiscal_year_end_date) - min(fiscal_year_start_date) + 1 as source_total,
        count(*) as mart_total
    from days
)

select * from compared
