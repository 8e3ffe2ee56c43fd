-- One row per snapshot, product, location and batch of an extract that has the entity's own columns.
with

landed as (
    select * from landing.stock_balances
),

renamed as (
    select
        snapshot_date,
        product_id,
        location_id,
        batch_id,
        quantity,
        reserved_quantity,
        value,
        received_date
    from landed
)

select * from renamed
