-- One row per calendar and day of an extract that has the entity's own columns.
with

landed as (
    select * from landing.calendars
),

renamed as (
    select
        calendar_id,
        date,
        is_working_day
    from landed
)

select * from renamed
