-- One row per product and pair of units of an extract that has the entity's own columns.
with

landed as (
    select * from landing.product_units
),

renamed as (
    select
        product_id,
        from_unit,
        to_unit,
        factor
    from landed
)

select * from renamed
