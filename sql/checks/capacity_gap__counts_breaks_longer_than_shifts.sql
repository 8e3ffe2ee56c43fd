-- Every day of a calendar whose breaks are longer than its shift: its hours would be negative.
with

capacity as (
    select * from staging.capacity
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct work_center_id from marts.capacity_gap
),

too_long as (
    select
        capacity.source_system,
        capacity.work_center_id,
        capacity.date,
        capacity.shift_hours,
        capacity.break_hours
    from capacity
    left join shown on capacity.work_center_id = shown.work_center_id
    where capacity.break_hours > capacity.shift_hours
)

select * from too_long
