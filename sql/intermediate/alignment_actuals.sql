-- One row per family, market region, planning unit and period with demand: the demand.
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

periods as (
    select * from intermediate.alignment_periods
),

-- What was only shipped, invoiced or returned is no demand. A sum of which a part is not known is not known.
summed as (
    select
        products.family as product_family,
        locations.market_region,
        periods.period_kind,
        periods.period_index,
        coalesce(products.planning_unit, '(unknown)') as quantity_unit,
        products.planning_factor is null as has_no_path,
        cast(sum(demand.planning_demand_quantity) as decimal(18, 4)) as quantity,
        case when count(*) = count(demand.demand_amount) then cast(sum(demand.demand_amount) as decimal(18, 4)) end as amount
    from demand
    inner join products on demand.product_id = products.product_id
    inner join locations on demand.location_id = locations.location_id
    inner join periods
        on
            demand.period_kind = periods.period_kind
            and demand.period_start = periods.period_start
    where
        demand.demand_quantity <> 0
        or demand.demand_amount <> 0
    group by
        products.family,
        locations.market_region,
        periods.period_kind,
        periods.period_index,
        coalesce(products.planning_unit, '(unknown)'),
        products.planning_factor is null
)

select * from summed
