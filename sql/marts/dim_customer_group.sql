-- One row per group of customers, and one each for what is in no known group and for all of them.
with

customers as (
    select * from staging.customers
),

known as (
    select
        customer_group,
        count(*) as customer_count
    from customers
    where customer_group is not null
    group by customer_group
),

ungrouped as (
    select
        '(unknown)' as customer_group,
        count(*) filter (where customer_group is null) as customer_count
    from customers
),

everybody as (
    select
        '(all)' as customer_group,
        count(*) as customer_count
    from customers
),

members as (
    select * from known
    union all
    select * from ungrouped
    union all
    select * from everybody
)

select * from members
