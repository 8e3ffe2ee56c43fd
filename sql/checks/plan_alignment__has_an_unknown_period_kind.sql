-- Every kind of period that plan_alignment is to compare by and that there is not, or that demand, forecasts or targets
-- are not told by.
with

asked_for as (
    select period_kind from settings.plan_alignment_period_kinds
),

known as (
    select 'week' as period_kind
    union all
    select 'month' as period_kind
    union all
    select 'quarter' as period_kind
    union all
    select 'year' as period_kind
),

of_demand as (
    select distinct period_kind from settings.demand_history_period_kinds
),

of_forecasts as (
    select distinct period_kind from settings.forecast_accuracy_period_kinds
),

of_targets as (
    select distinct period_kind from settings.quota_period_kinds
),

not_told as (
    select asked_for.period_kind
    from asked_for
    left join known on asked_for.period_kind = known.period_kind
    left join of_demand on asked_for.period_kind = of_demand.period_kind
    left join of_forecasts on asked_for.period_kind = of_forecasts.period_kind
    left join of_targets on asked_for.period_kind = of_targets.period_kind
    where
        known.period_kind is null
        or of_demand.period_kind is null
        or of_forecasts.period_kind is null
        or of_targets.period_kind is null
)

select * from not_told
