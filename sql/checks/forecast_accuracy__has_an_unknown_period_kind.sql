-- Every kind of period that is asked for and does not exist, or by which demand_history does not add up.
with

asked_for as (
    select * from settings.forecast_accuracy_period_kinds
),

period_kinds as (
    select distinct period_kind from intermediate.period_days
),

demand_kinds as (
    select distinct period_kind from settings.demand_history_period_kinds
),

unknown as (
    select
        asked_for.position,
        asked_for.period_kind,
        period_kinds.period_kind is not null as is_known,
        demand_kinds.period_kind is not null as is_one_of_demand_history_period_kinds
    from asked_for
    left join period_kinds on asked_for.period_kind = period_kinds.period_kind
    left join demand_kinds on asked_for.period_kind = demand_kinds.period_kind
    where
        period_kinds.period_kind is null
        or demand_kinds.period_kind is null
)

select * from unknown
