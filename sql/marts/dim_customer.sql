-- One row per customer, and one each for what is no known customer and for all of them.
with

customers as (
    select * from staging.customers
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

known as (
    select
        customer_id,
        name,
        coalesce(customer_group, '(unknown)') as customer_group,
        coalesce(market_region, '(unknown)') as market_region,
        sales_potential as sales_potential_amount,
        visits_per_year,
        minutes_per_visit
    from customers
),

others as (
    select
        member as customer_id,
        member as name,
        member as customer_group,
        member as market_region,
        cast(null as decimal(18, 4)) as sales_potential_amount,
        cast(null as integer) as visits_per_year,
        cast(null as integer) as minutes_per_visit
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
