-- One row per production order of an extract that has the entity's own columns.
with

landed as (
    select * from landing.production_orders
),

renamed as (
    select
        production_order_id,
        product_id,
        location_id,
        quantity,
        completed_quantity,
        scrapped_quantity,
        scheduled_start,
        scheduled_end,
        due_date,
        actual_start,
        actual_end,
        status
    from landed
)

select * from renamed
