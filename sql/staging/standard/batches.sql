-- One row per batch of a product of an extract that has the entity's own columns.
with

landed as (
    select * from landing.batches
),

renamed as (
    select
        product_id,
        batch_id,
        produced_date,
        expiry_date
    from landed
)

select * from renamed
