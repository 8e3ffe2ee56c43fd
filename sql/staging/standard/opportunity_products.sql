-- One row per opportunity and product of an extract that has the entity's own columns.
with

landed as (
    select * from landing.opportunity_products
),

renamed as (
    select
        opportunity_id,
        product_id,
        quantity
    from landed
)

select * from renamed
