-- The number of territories, beside the number of dim_territory's members that are territories.
with

source as (
    select count(*) as source_total from staging.territories
),

mart as (
    select count(*) as mart_total
    from marts.dim_territory
    where territory_id not in ('(unknown)', '(all)')
),

compared as (
    select
        'territories' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
