-- One row per change of a field of an opportunity of an extract that has the entity's own columns.
with

landed as (
    select * from landing.opportunity_history
),

renamed as (
    select
        opportunity_id,
        changed_at,
        field,
        old_value,
        new_value
    from landed
)

select * from renamed
