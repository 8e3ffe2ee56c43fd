-- One row per work center of an extract that has the entity's own columns.
with

landed as (
    select * from landing.work_centers
),

renamed as (
    select
        work_center_id,
        name,
        location_id,
        parent_id,
        machine_count,
        efficiency_rate,
        planned_utilization_rate,
        hour_cost,
        currency,
        calendar_id
    from landed
)

select * from renamed
