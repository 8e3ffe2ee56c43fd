-- The number of locations, beside the number of dim_location's members that are locations.
with

source as (
    select count(*) as source_total from staging.locations
),

mart as (
    select count(*) as mart_total
    from marts.dim_location
    where location_id not in ('(unknown)', '(all)', '(in transit)')
),

compared as (
    select
        'locations' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
