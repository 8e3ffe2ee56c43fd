-- Every total of demand_signals by period, beside that of demand_history since each product's first demand.
with

demand_history as (
    select * from marts.demand_history
),

demand_signals as (
    select * from marts.demand_signals
),

period_kinds as (
    select distinct period_kind from settings.demand_signals_period_kinds
),

demand as (
    select
        demand_history.product_id,
        demand_history.location_id,
        demand_history.period_kind,
        demand_history.period_start,
        sum(demand_history.demand_quantity) as demand_quantity,
        case
            when count(*) = count(demand_history.demand_amount) then sum(demand_history.demand_amount) else 0
        end as demand_amount
    from demand_history
    inner join period_kinds on demand_history.period_kind = period_kinds.period_kind
    group by
        demand_history.product_id,
        demand_history.location_id,
        demand_history.period_kind,
        demand_history.period_start
),

first_demands as (
    select
        product_id,
        location_id,
        period_kind,
        min(period_start) as period_start
    from demand
    where demand_quantity > 0
    group by product_id, location_id, period_kind
),

all_totals as (
    select
        'source' as origin,
        demand.period_kind,
        demand.period_start,
        demand.demand_quantity,
        demand.demand_amount
    from demand
    inner join first_demands
        on
            demand.product_id = first_demands.product_id
            and demand.location_id = first_demands.location_id
            and demand.period_kind = first_demands.period_kind
    where
        demand.period_start >= first_demands.period_start
        and demand.period_start <= $as_of + interval '1 day'
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        demand_quantity,
        coalesce(demand_amount, 0) as demand_amount
    from demand_signals
),

measures as (
    select
        'demand_quantity' as measure,
        period_kind,
        period_start,
        origin,
        demand_quantity as total
    from all_totals
    union all
    select
        'demand_amount' as measure,
        period_kind,
        period_start,
        origin,
        demand_amount as total
    from all_totals
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from measures
    group by measure, period_kind, period_start
)

select * from compared
