-- One row per product, location or `(all)`, and kind of demand (forecast, usage, plan, consumption) within the horizon.
with

forecasts as (
    select * from intermediate.excess_forecasts
),

usage_days as (
    select * from intermediate.excess_usage_days
),

component_demand as (
    select * from intermediate.plan_component_demand
),

horizon as (
    select * from intermediate.excess_horizon
),

parts as (
    select
        product_id,
        location_id,
        'forecast' as kind,
        quantity,
        forecast_end as demand_end,
        snapshot_date
    from forecasts
    union all
    select
        product_id,
        location_id,
        'usage' as kind,
        round(demand_of_a_day * demand_days, 4) as quantity,
        demand_end,
        cast(null as date) as snapshot_date
    from usage_days
    where demand_of_a_day > 0 and demand_days > 0
    union all
    select
        component_demand.product_id,
        component_demand.location_id,
        'plan' as kind,
        component_demand.quantity,
        horizon.horizon_end as demand_end,
        cast(null as date) as snapshot_date
    from component_demand
    cross join horizon
    union all
    select
        product_id,
        location_id,
        'consumption' as kind,
        round(consumed_of_a_day * consumption_days, 4) as quantity,
        horizon_end as demand_end,
        cast(null as date) as snapshot_date
    from usage_days
    where consumed_of_a_day > 0 and consumption_days > 0
),

projected as (
    select
        product_id,
        location_id,
        kind,
        cast(quantity as decimal(18, 4)) as quantity,
        demand_end,
        snapshot_date
    from parts
)

select * from projected
