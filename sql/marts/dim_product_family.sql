-- One row per product family with its category, and one each for what is in no known family and for all of them.
with

products as (
    select * from staging.products
),

known as (
    select
        family as product_family,
        coalesce(min(category), '(unknown)') as category,
        count(*) as product_count
    from products
    where family is not null
    group by family
),

without_a_family as (
    select
        '(unknown)' as product_family,
        '(unknown)' as category,
        count(*) filter (where family is null) as product_count
    from products
),

everything as (
    select
        '(all)' as product_family,
        '(all)' as category,
        count(*) as product_count
    from products
),

members as (
    select * from known
    union all
    select * from without_a_family
    union all
    select * from everything
)

select * from members
