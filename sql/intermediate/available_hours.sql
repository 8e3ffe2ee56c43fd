-- One row per work center and day of its calendar, with the hours that can be planned.
with

capacity as (
    select * from staging.capacity
),

work_centers as (
    select * from marts.dim_work_center
),

work_center_groups as (
    select * from intermediate.work_center_groups
),

-- A factor that is not given counts 1; hours are rounded here, once, so that every sum of them is exact.
day_hours as (
    select
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        capacity.date,
        round(
            (capacity.shift_hours - coalesce(capacity.break_hours, 0))
            * coalesce(capacity.machine_count, work_centers.machine_count, 1)
            * coalesce(work_centers.planned_utilization_rate, 1)
            * coalesce(work_centers.efficiency_rate, 1),
            4
        ) as available_hours
    from capacity
    left join work_centers on capacity.work_center_id = work_centers.work_center_id
),

summed as (
    select
        work_center_id,
        date,
        sum(available_hours) as available_hours
    from day_hours
    group by work_center_id, date
),

with_a_calendar as (
    select distinct work_center_id from summed
),

-- Hours of a parent and of its children would be the same machines twice.
with_a_calendar_below as (
    select distinct work_center_groups.group_id as work_center_id
    from work_center_groups
    inner join with_a_calendar on work_center_groups.work_center_id = with_a_calendar.work_center_id
    where work_center_groups.distance > 0
),

flagged as (
    select
        summed.work_center_id,
        summed.date,
        summed.available_hours,
        with_a_calendar_below.work_center_id is not null as is_ignored
    from summed
    left join with_a_calendar_below on summed.work_center_id = with_a_calendar_below.work_center_id
)

select * from flagged
