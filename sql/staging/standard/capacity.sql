-- One row per work center and day of an extract that has the entity's own columns.
with

landed as (
    select * from landing.capacity
),

renamed as (
    select
        work_center_id,
        date,
        shift_hours,
        break_hours,
        machine_count
    from landed
)

select * from renamed
