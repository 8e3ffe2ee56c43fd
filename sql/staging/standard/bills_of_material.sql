-- One row per component of a bill of material of an extract that has the entity's own columns.
with

landed as (
    select * from landing.bills_of_material
),

renamed as (
    select
        product_id,
        location_id,
        version,
        component_id,
        valid_from,
        valid_to,
        is_default,
        quantity_per,
        yield_rate,
        is_phantom
    from landed
)

select * from renamed
