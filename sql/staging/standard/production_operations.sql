-- One row per operation of a production order of an extract that has the entity's own columns.
with

landed as (
    select * from landing.production_operations
),

renamed as (
    select
        production_order_id,
        operation,
        work_center_id,
        scheduled_start,
        scheduled_end,
        actual_start,
        actual_end,
        planned_hours,
        actual_hours,
        setup_hours,
        down_hours,
        good_quantity,
        scrap_quantity,
        ideal_hours_per_unit
    from landed
)

select * from renamed
