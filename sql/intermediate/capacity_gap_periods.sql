-- One row per load basis, plan version and period that capacity_gap looks at, with the hours' first and last period.
with

period_days as (
    select * from intermediate.period_days
),

load_days as (
    select * from intermediate.capacity_load
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

periods as (
    select
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end,
        bool_or(period_days.date = $as_of + interval '1 day') as is_first_open_period
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by period_days.period_kind, period_days.period_start, period_days.period_end
),

load_spans as (
    select
        load_basis,
        plan_version,
        load_basis = 'actual' as is_actual,
        min(load_date) as first_load_date,
        max(load_date) as last_load_date
    from load_days
    group by load_basis, plan_version
),

-- Hours to come cumulate from the first open period on, even where their first load lies later.
spans as (
    select
        load_basis,
        plan_version,
        is_actual,
        first_load_date,
        last_load_date,
        case when is_actual then first_load_date else least(first_load_date, $as_of + interval '1 day') end as first_date
    from load_spans
),

looked_at as (
    select
        spans.load_basis,
        spans.plan_version,
        spans.is_actual,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.is_first_open_period,
        periods.period_end > spans.first_load_date as is_shown
    from spans
    inner join periods
        on
            periods.period_end > spans.first_date
            and periods.period_start <= spans.last_load_date
)

select * from looked_at
