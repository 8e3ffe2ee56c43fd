-- The number of products, beside those that dim_product_family counts in families and without one.
with

source as (
    select count(*) as source_total from staging.products
),

mart as (
    select sum(product_count) as mart_total
    from marts.dim_product_family
    where product_family <> '(all)'
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
