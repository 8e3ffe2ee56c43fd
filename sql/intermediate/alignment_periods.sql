-- One row per kind of period by which plans are compared, and period: the last few that are over, and all after them.
with

periods as (
    select * from intermediate.periods
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.plan_alignment_period_kinds
),

first_open_periods as (
    select
        periods.period_kind,
        periods.period_index
    from periods
    inner join period_kinds on periods.period_kind = period_kinds.period_kind
    inner join period_days
        on
            periods.period_kind = period_days.period_kind
            and periods.period_start = period_days.period_start
    where period_days.date = $as_of + interval '1 day'
),

looked_at as (
    select periods.*
    from periods
    inner join first_open_periods on periods.period_kind = first_open_periods.period_kind
    where periods.period_index >= first_open_periods.period_index - $alignment_past_periods
)

select * from looked_at
