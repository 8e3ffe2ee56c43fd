-- One row per planning function, product, family, location and period: what it plans, in planning units and in money.
with

forecasts as (
    select * from intermediate.alignment_forecasts
),

production as (
    select * from intermediate.alignment_production
),

products as (
    select
        *,
        coalesce(planning_unit, '(unknown)') as summed_unit
    from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

plan_prices as (
    select * from intermediate.plan_prices
),

family_units as (
    select * from intermediate.family_units
),

-- A plant is in a region, but what it makes is for all of them.
planned as (
    select
        forecast_type as plan_function,
        product_id, product_family, location_id, period_kind, period_index, period_start, snapshot_date, quantity
    from forecasts
    union all
    select
        'production_plan' as plan_function,
        product_id, product_family, location_id, period_kind, period_index, period_start, snapshot_date, quantity
    from production
),

-- The location's own price goes before the one for all. What is planned for a family is in the one unit of its products.
priced as (
    select
        planned.*,
        products.product_group,
        case when planned.plan_function = 'production_plan' then '(all)' else locations.market_region end as market_region,
        case
            when planned.product_id = '(all)' then coalesce(family_units.has_several_units, false)
            else products.planning_factor is null
        end as has_no_path,
        case when planned.product_id = '(all)' then 1 else products.planning_factor end as planning_factor,
        case when planned.product_id = '(all)' then family_units.quantity_unit else products.summed_unit end
            as quantity_unit,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount
    from planned
    inner join products on planned.product_id = products.product_id
    inner join locations on planned.location_id = locations.location_id
    left join family_units on planned.product_family = family_units.product_family
    left join plan_prices as own_prices
        on
            planned.product_id = own_prices.product_id
            and planned.location_id = own_prices.location_id
            and planned.period_start >= own_prices.valid_from
            and (own_prices.valid_to is null or planned.period_start < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            planned.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and planned.period_start >= general_prices.valid_from
            and (general_prices.valid_to is null or planned.period_start < general_prices.valid_to)
),

-- Nothing is worth nothing at any price.
valued as (
    select
        plan_function,
        product_id,
        product_group,
        product_family,
        market_region,
        period_kind,
        period_index,
        snapshot_date,
        has_no_path,
        quantity_unit,
        cast(round(quantity * planning_factor, 4) as decimal(18, 4)) as quantity,
        case when quantity = 0 then 0 else cast(round(quantity * price_amount, 4) as decimal(18, 4)) end as amount
    from priced
)

select * from valued
