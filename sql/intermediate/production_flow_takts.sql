-- One row per product, location and period in which operations started: its takt and its cycle, in hours per unit.
with

paces as (
    select * from intermediate.production_flow_paces
),

completions as (
    select * from intermediate.production_flow_completions
),

demand as (
    select * from intermediate.demand_by_period
),

demanded as (
    select
        product_id,
        period_kind,
        period_start,
        sum(demand_quantity) as demand_quantity
    from demand
    group by product_id, period_kind, period_start
),

made as (
    select
        product_id,
        period_kind,
        period_start,
        sum(completed_quantity) as completed_quantity
    from completions
    group by product_id, period_kind, period_start
),

-- A plant has to serve its part of the product's demand: as much of it as it made of all that was made.
shared as (
    select
        paces.*,
        case
            when made.completed_quantity > 0
                then
                    cast(demanded.demand_quantity as double)
                    * coalesce(completions.completed_quantity, 0) / made.completed_quantity
        end as served_demand_quantity
    from paces
    left join completions
        on
            paces.product_id = completions.product_id
            and paces.location_id = completions.location_id
            and paces.period_kind = completions.period_kind
            and paces.period_start = completions.period_start
    left join made
        on
            paces.product_id = made.product_id
            and paces.period_kind = made.period_kind
            and paces.period_start = made.period_start
    left join demanded
        on
            paces.product_id = demanded.product_id
            and paces.period_kind = demanded.period_kind
            and paces.period_start = demanded.period_start
),

timed as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        pacemaker_id,
        served_demand_quantity,
        case when served_demand_quantity > 0 then product_available_hours / served_demand_quantity end as takt_hours,
        case when good_quantity > 0 then cast(timed_run_hours as double) / good_quantity end as cycle_hours
    from shared
)

select * from timed
