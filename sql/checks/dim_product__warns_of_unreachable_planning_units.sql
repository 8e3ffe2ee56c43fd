-- Every product whose planning unit cannot be reached from its stock unit: its quantities are added to no other product's.
with

products as (
    select * from marts.dim_product
),

unreachable as (
    select
        product_id,
        name,
        stock_unit,
        planning_unit
    from products
    where conversion_status = 'no_path'
)

select * from unreachable
