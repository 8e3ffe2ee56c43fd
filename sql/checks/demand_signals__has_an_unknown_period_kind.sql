-- Every kind of period that demand_signals is asked for and demand_history does not add up by.
with

asked_for as (
    select * from settings.demand_signals_period_kinds
),

period_kinds as (
    select distinct period_kind from settings.demand_history_period_kinds
),

unknown as (
    select
        asked_for.position,
        asked_for.period_kind
    from asked_for
    left join period_kinds on asked_for.period_kind = period_kinds.period_kind
    where period_kinds.period_kind is null
)

select * from unknown
