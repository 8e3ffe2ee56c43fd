-- One row per family, market region, each of them or `(all)`, and period with demand: the demand.
with

demand as (
    select * from intermediate.demand_by_period
),

products as (
    select * from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

-- What was only shipped, invoiced or returned is no demand.
wanted as (
    select
        demand.period_kind,
        demand.period_start,
        products.family,
        locations.market_region,
        coalesce(products.planning_unit, '(unknown)') as quantity_unit,
        demand.planning_demand_quantity,
        demand.demand_amount
    from demand
    inner join products on demand.product_id = products.product_id
    inner join locations on demand.location_id = locations.location_id
    where
        demand.demand_quantity <> 0
        or demand.demand_amount <> 0
),

-- What a row is not broken down by comes out NULL.
grouped as (
    select
        period_kind,
        period_start,
        family,
        market_region,
        case
            when count(*) = count(planning_demand_quantity) and min(quantity_unit) = max(quantity_unit)
                then sum(planning_demand_quantity)
        end as actual_quantity,
        min(quantity_unit) as quantity_unit,
        case when count(*) = count(demand_amount) then sum(demand_amount) end as actual_amount
    from wanted
    group by
        period_kind,
        period_start,
        grouping sets (
            (family, market_region),
            (family),
            (market_region),
            ()
        )
),

named as (
    select
        period_kind,
        period_start,
        coalesce(family, '(all)') as product_family,
        coalesce(market_region, '(all)') as market_region,
        actual_quantity,
        quantity_unit,
        actual_amount
    from grouped
)

select * from named
