-- One row per grain that forecasts have, what it is broken down by, and period with demand: the demand.
with

demand as (
    select * from intermediate.demand_by_period
),

periods as (
    select distinct
        period_kind,
        period_start,
        period_index
    from intermediate.forecast_period_days
),

products as (
    select * from marts.dim_product
),

grains as (
    select distinct
        grain,
        is_by_product,
        is_by_family,
        is_by_location,
        is_by_customer_group
    from intermediate.forecast_grains
),

-- What was only shipped, invoiced or returned is no demand.
wanted as (
    select
        demand.product_id,
        products.family,
        demand.location_id,
        demand.customer_group,
        demand.period_kind,
        periods.period_index,
        demand.demand_quantity,
        demand.planning_demand_quantity,
        demand.planning_unit,
        demand.demand_amount
    from demand
    inner join periods
        on
            demand.period_kind = periods.period_kind
            and demand.period_start = periods.period_start
    inner join products on demand.product_id = products.product_id
    where
        demand.demand_quantity <> 0
        or demand.demand_amount <> 0
),

-- Products can be added up in their planning unit only.
placed as (
    select
        grains.grain,
        grains.is_by_product,
        case when grains.is_by_product then wanted.product_id else '(all)' end as product_id,
        case when grains.is_by_product or grains.is_by_family then wanted.family else '(all)' end as product_family,
        case when grains.is_by_location then wanted.location_id else '(all)' end as location_id,
        case when grains.is_by_customer_group then wanted.customer_group else '(all)' end as customer_group,
        wanted.period_kind,
        wanted.period_index,
        case when grains.is_by_product then wanted.demand_quantity else wanted.planning_demand_quantity end as quantity,
        wanted.planning_unit,
        wanted.demand_amount
    from wanted
    cross join grains
),

-- A sum of which a part is not known is not known; nor is one of pieces and tons.
summed as (
    select
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        period_kind,
        period_index,
        case
            when is_by_product or (count(*) = count(quantity) and min(planning_unit) = max(planning_unit))
                then cast(sum(quantity) as decimal(18, 4))
        end as actual_quantity,
        case when count(*) = count(demand_amount) then cast(sum(demand_amount) as decimal(18, 4)) end as actual_amount,
        min(planning_unit) as first_planning_unit,
        max(planning_unit) as last_planning_unit
    from placed
    group by
        grain,
        is_by_product,
        product_id,
        product_family,
        location_id,
        customer_group,
        period_kind,
        period_index
)

select * from summed
