-- One row per region of the market or of supply, and one each for what is in no known region and for all of them.
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

named as (
    select market_region as region, true as is_market_region, false as is_supply_region from locations
    union all
    select supply_region as region, false as is_market_region, true as is_supply_region from locations
    union all
    select market_region as region, true as is_market_region, false as is_supply_region from customers
    union all
    select market_region as region, true as is_market_region, false as is_supply_region from territories
    union all
    select '(unknown)' as region, true as is_market_region, true as is_supply_region
    union all
    select '(all)' as region, true as is_market_region, true as is_supply_region
),

members as (
    select
        region,
        bool_or(is_market_region) as is_market_region,
        bool_or(is_supply_region) as is_supply_region
    from named
    where region is not null
    group by region
)

select * from members
