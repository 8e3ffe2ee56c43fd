-- One row per location of an extract that has the entity's own columns.
with

landed as (
    select * from landing.locations
),

renamed as (
    select
        location_id,
        name,
        company_id,
        market_region,
        supply_region,
        type,
        calendar_id
    from landed
)

select * from renamed
