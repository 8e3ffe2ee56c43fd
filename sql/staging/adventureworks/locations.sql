-- One row per location of the plant, stores and work centers alike.
with

landed as (
    select * from landing.locations
),

renamed as (
    select
        cast("LocationID" as varchar) as location_id,
        "Name" as name,
        cast(null as varchar) as company_id,
        cast(null as varchar) as market_region,
        cast(null as varchar) as supply_region,
        'stock' as type,
        cast(null as varchar) as calendar_id
    from landed
)

select * from renamed
