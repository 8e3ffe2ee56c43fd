-- The number of days of dim_date, beside those in the periods of every kind; weeks reach beyond it at both ends.
with

days as (
    select * from marts.dim_date
),

periods as (
    select * from marts.dim_period
),

spans as (
    select
        count(*) as day_count,
        min(date) as first_date,
        max(date) as last_date
    from days
),

kinds as (
    select distinct period_kind from periods
),

period_totals as (
    select
        periods.period_kind,
        sum(
            least(periods.period_end - 1, spans.last_date) - greatest(periods.period_start, spans.first_date) + 1
        ) as mart_total
    from periods
    cross join spans
    group by periods.period_kind
),

compared as (
    select
        'days' as measure,
        kinds.period_kind,
        cast(null as date) as period_start,
        spans.day_count as source_total,
        period_totals.mart_total
    from kinds
    inner join period_totals on kinds.period_kind = period_totals.period_kind
    cross join spans
)

select * from compared
