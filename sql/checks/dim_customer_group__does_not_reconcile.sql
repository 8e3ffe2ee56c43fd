-- The number of customers, beside those that dim_customer_group counts in groups and without one.
with

source as (
    select count(*) as source_total from staging.customers
),

mart as (
    select sum(customer_count) as mart_total
    from marts.dim_customer_group
    where customer_group <> '(all)'
),

compared as (
    select
        'customers' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
