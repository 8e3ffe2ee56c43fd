-- The number of different regions that entities name, beside the number of dim_region's members that are regions.
with

locations as (
    select * from staging.locations
),

customers as (
    select * from staging.customers
),

territories as (
    select * from staging.territories
),

-- A union without all leaves each region once.
regions as (
    select market_region as region from locations
    union
    select supply_region as region from locations
    union
    select market_region as region from customers
    union
    select market_region as region from territories
),

source as (
    select count(region) as source_total from regions
),

mart as (
    select count(*) as mart_total
    from marts.dim_region
    where region not in ('(unknown)', '(all)')
),

compared as (
    select
        'regions' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
