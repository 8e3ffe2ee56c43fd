-- One row per salesperson, commission plan and first day of the assignment of an extract that has the entity's own columns.
with

landed as (
    select * from landing.commission_plan_assignments
),

renamed as (
    select
        salesperson_id,
        plan_id,
        valid_from,
        valid_to
    from landed
)

select * from renamed
