-- Every family whose products name more than one category, with each of them.
with

products as (
    select * from staging.products
),

-- Reading the mart is what ties this query to it.
families as (
    select product_family from marts.dim_product_family
),

named as (
    select
        families.product_family,
        products.category,
        count(*) as product_count,
        min(products.product_id) as first_product_id
    from products
    inner join families on products.family = families.product_family
    where products.category is not null
    group by families.product_family, products.category
),

counted as (
    select
        product_family,
        count(*) as category_count
    from named
    group by product_family
),

several as (
    select
        named.product_family,
        named.category,
        named.product_count,
        named.first_product_id
    from named
    inner join counted on named.product_family = counted.product_family
    where counted.category_count > 1
)

select * from several
