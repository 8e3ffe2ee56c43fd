-- One row per location, with the calendar that its working days follow; `(none)` where it has none that is known.
with

locations as (
    select * from staging.locations
),

calendars as (
    select distinct calendar_id from staging.calendars
),

-- Locations of a plan that no list knows, and what is at none that is known, are worked from Monday to Friday, too.
named as (
    select location_id from locations
    union all
    select location_id from staging.production_plans
    union all
    select '(unknown)' as location_id
),

all_locations as (
    select distinct location_id from named
),

with_calendars as (
    select
        all_locations.location_id,
        coalesce(calendars.calendar_id, '(none)') as calendar_id
    from all_locations
    left join locations on all_locations.location_id = locations.location_id
    left join calendars on locations.calendar_id = calendars.calendar_id
)

select * from with_calendars
