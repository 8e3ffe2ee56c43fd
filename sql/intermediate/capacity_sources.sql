-- One row per product, location with demand, plant that makes it for there, and span of days: which part it makes.
with

demand as (
    select distinct
        product_id,
        location_id
    from intermediate.capacity_demand_by_location
),

sourcing as (
    select * from intermediate.supply_sourcing
),

-- A bill without a routing tells, too, where something is put together.
makers as (
    select product_id, location_id from staging.routings
    union
    select product_id, location_id from staging.bills_of_material
),

locations as (
    select location_id from marts.dim_location
),

sourced as (
    select distinct
        product_id,
        location_id
    from sourcing
),

plants as (
    select
        makers.product_id,
        min(locations.location_id) as first_plant_id,
        max(locations.location_id) as last_plant_id
    from makers
    inner join locations on makers.location_id = locations.location_id
    where locations.location_id not in ('(all)', '(unknown)')
    group by makers.product_id
),

-- Where nobody says which plant supplies a location, it is the location itself that makes the product, or else the only
-- plant that does.
found as (
    select
        demand.product_id,
        demand.location_id,
        case
            when own_makers.location_id is not null then demand.location_id
            when plants.first_plant_id = plants.last_plant_id then plants.first_plant_id
            else '(unknown)'
        end as plant_id
    from demand
    left join sourced
        on
            demand.product_id = sourced.product_id
            and demand.location_id = sourced.location_id
    left join makers as own_makers
        on
            demand.product_id = own_makers.product_id
            and demand.location_id = own_makers.location_id
    left join plants on demand.product_id = plants.product_id
    where sourced.product_id is null
),

sources as (
    select
        product_id,
        location_id,
        plant_id,
        valid_from,
        coalesce(valid_to, $calendar_last_date + interval '1 day') as valid_to,
        share
    from sourcing
    union all
    select
        product_id,
        location_id,
        plant_id,
        $calendar_first_date as valid_from,
        $calendar_last_date + interval '1 day' as valid_to,
        1 as share
    from found
)

select * from sources
