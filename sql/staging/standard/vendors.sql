-- One row per vendor of an extract that has the entity's own columns.
with

landed as (
    select * from landing.vendors
),

renamed as (
    select
        vendor_id,
        name,
        country
    from landed
)

select * from renamed
