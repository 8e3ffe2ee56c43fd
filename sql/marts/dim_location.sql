-- One row per location, and one each for what is no known one, for all of them, and for what is between two of them.
with

locations as (
    select * from staging.locations
),

companies as (
    select * from staging.companies
),

known as (
    select
        locations.location_id,
        locations.name,
        locations.type,
        coalesce(companies.company_id, '(unknown)') as company_id,
        companies.name as company_name,
        companies.currency,
        coalesce(locations.market_region, '(unknown)') as market_region,
        coalesce(locations.supply_region, '(unknown)') as supply_region,
        locations.calendar_id
    from locations
    left join companies on locations.company_id = companies.company_id
),

special as (
    select '(unknown)' as member, '(unknown)' as type, '(unknown)' as grouping
    union all
    select '(all)' as member, '(all)' as type, '(all)' as grouping
    union all
    select '(in transit)' as member, 'in_transit' as type, '(unknown)' as grouping
),

others as (
    select
        member as location_id,
        member as name,
        type,
        grouping as company_id,
        grouping as company_name,
        cast(null as varchar) as currency,
        grouping as market_region,
        grouping as supply_region,
        cast(null as varchar) as calendar_id
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
