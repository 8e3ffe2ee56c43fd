-- The number of salespeople, beside the number of dim_salesperson's members that are salespeople.
with

source as (
    select count(distinct salesperson_id) as source_total from staging.salespeople
),

mart as (
    select count(*) as mart_total
    from marts.dim_salesperson
    where salesperson_id not in ('(unknown)', '(all)')
),

compared as (
    select
        'salespeople' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
