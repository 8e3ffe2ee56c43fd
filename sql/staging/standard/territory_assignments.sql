-- One row per territory, salesperson and first day of the assignment of an extract that has the entity's own columns.
with

landed as (
    select * from landing.territory_assignments
),

renamed as (
    select
        territory_id,
        salesperson_id,
        valid_from,
        valid_to,
        share
    from landed
)

select * from renamed
