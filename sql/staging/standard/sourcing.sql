-- One row per product, demand location, plant and first day of the share of an extract that has the entity's own columns.
with

landed as (
    select * from landing.sourcing
),

renamed as (
    select
        product_id,
        demand_location_id,
        plant_id,
        valid_from,
        share
    from landed
)

select * from renamed
