-- The number of products, beside the number of dim_product's members that are products.
with

source as (
    select count(*) as source_total from staging.products
),

mart as (
    select count(*) as mart_total
    from marts.dim_product
    where product_id not in ('(unknown)', '(all)')
),

compared as (
    select
        'products' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
