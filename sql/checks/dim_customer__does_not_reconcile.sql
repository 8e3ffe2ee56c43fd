-- The number of customers, beside the number of dim_customer's members that are customers.
with

source as (
    select count(*) as source_total from staging.customers
),

mart as (
    select count(*) as mart_total
    from marts.dim_customer
    where customer_id not in ('(unknown)', '(all)')
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
