-- One row per line of a stock movement of an extract that has the entity's own columns.
with

landed as (
    select * from landing.stock_movements
),

renamed as (
    select
        movement_id,
        line_id,
        moved_at,
        created_at,
        product_id,
        location_id,
        batch_id,
        quantity,
        counted_quantity,
        value,
        type,
        document_id,
        linked_movement_id,
        linked_line_id,
        is_cancelled
    from landed
)

select * from renamed
