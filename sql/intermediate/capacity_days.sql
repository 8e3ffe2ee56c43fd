-- One row per work center and day of dim_date, with the last day up to it on which the work center, or its group, has hours.
with

available_hours as (
    select * from intermediate.available_hours
    where not is_ignored
),

work_center_groups as (
    select * from intermediate.work_center_groups
),

days as (
    select * from marts.dim_date
),

group_hours as (
    select
        work_center_groups.group_id as work_center_id,
        available_hours.date,
        sum(available_hours.available_hours) as available_hours
    from available_hours
    inner join work_center_groups on available_hours.work_center_id = work_center_groups.work_center_id
    group by work_center_groups.group_id, available_hours.date
),

with_hours as (
    select distinct work_center_id from group_hours
),

spine as (
    select
        with_hours.work_center_id,
        days.date
    from with_hours
    cross join days
),

last_days as (
    select
        spine.work_center_id,
        spine.date,
        max(case when group_hours.available_hours > 0 then spine.date end) over (
            partition by spine.work_center_id
            order by spine.date asc
            rows between unbounded preceding and current row
        ) as capacity_date
    from spine
    left join group_hours
        on
            spine.work_center_id = group_hours.work_center_id
            and spine.date = group_hours.date
)

select * from last_days
