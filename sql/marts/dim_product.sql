-- One row per product, and one for what is no known product.
with

products as (
    select * from staging.products
),

known as (
    select
        product_id,
        name,
        coalesce(family, '(unknown)') as family,
        coalesce(category, '(unknown)') as category,
        coalesce(product_group, '(unknown)') as product_group,
        coalesce(product_class, '(unknown)') as product_class,
        stock_unit,
        planning_unit,
        launch_date,
        end_of_life_date,
        shelf_life_days,
        lead_time_days,
        safety_stock as safety_stock_quantity
    from products
),

unknown as (
    select
        '(unknown)' as product_id,
        '(unknown)' as name,
        '(unknown)' as family,
        '(unknown)' as category,
        '(unknown)' as product_group,
        '(unknown)' as product_class,
        cast(null as varchar) as stock_unit,
        cast(null as varchar) as planning_unit,
        cast(null as date) as launch_date,
        cast(null as date) as end_of_life_date,
        cast(null as integer) as shelf_life_days,
        cast(null as integer) as lead_time_days,
        cast(null as decimal(18, 4)) as safety_stock_quantity
),

members as (
    select * from known
    union all
    select * from unknown
)

select * from members
