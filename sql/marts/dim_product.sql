-- One row per product, and one each for what is no known product and for all of them.
with

products as (
    select * from staging.products
),

planning_units as (
    select * from intermediate.planning_units
),

known as (
    select
        products.product_id,
        products.name,
        coalesce(products.family, '(unknown)') as family,
        coalesce(products.category, '(unknown)') as category,
        coalesce(products.product_group, '(unknown)') as product_group,
        coalesce(products.product_class, '(unknown)') as product_class,
        products.stock_unit,
        planning_units.planning_unit,
        planning_units.planning_factor,
        planning_units.conversion_status,
        products.launch_date,
        products.end_of_life_date,
        products.shelf_life_days,
        products.lead_time_days,
        products.safety_stock as safety_stock_quantity
    from products
    left join planning_units on products.product_id = planning_units.product_id
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

others as (
    select
        member as product_id,
        member as name,
        member as family,
        member as category,
        member as product_group,
        member as product_class,
        cast(null as varchar) as stock_unit,
        cast(null as varchar) as planning_unit,
        cast(null as decimal(18, 8)) as planning_factor,
        cast(null as varchar) as conversion_status,
        cast(null as date) as launch_date,
        cast(null as date) as end_of_life_date,
        cast(null as integer) as shelf_life_days,
        cast(null as integer) as lead_time_days,
        cast(null as decimal(18, 4)) as safety_stock_quantity
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
