-- Every kind of period that is asked for and does not exist.
with

asked_for as (
    select * from settings.supply_projection_period_kinds
),

period_kinds as (
    select distinct period_kind from intermediate.period_days
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
