-- Every window of demand_variability that has no length, or whose kind of period demand_history does not add up by.
with

asked_for as (
    select * from settings.demand_variability_windows
),

period_kinds as (
    select distinct period_kind from settings.demand_history_period_kinds
),

unknown as (
    select
        asked_for.position,
        asked_for.period_kind,
        asked_for.window_periods
    from asked_for
    left join period_kinds on asked_for.period_kind = period_kinds.period_kind
    where
        period_kinds.period_kind is null
        or asked_for.window_periods is null
        or asked_for.window_periods < 1
)

select * from unknown
