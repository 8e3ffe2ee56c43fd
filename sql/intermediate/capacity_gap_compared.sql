-- One row per load basis, plan version, work center and period: its own hours beside those of its group.
with

own_hours as (
    select
        *,
        placed_load_hours + past_due_load_hours + unplaced_load_hours as own_load_hours
    from intermediate.capacity_gap_hours
),

available_hours as (
    select * from intermediate.available_hours
),

work_center_groups as (
    select * from intermediate.work_center_groups
),

work_centers as (
    select * from marts.dim_work_center
),

group_hours as (
    select
        work_center_groups.group_id,
        own_hours.period_kind,
        own_hours.period_start,
        own_hours.load_basis,
        own_hours.plan_version,
        sum(own_hours.own_load_hours) as group_load_hours,
        sum(own_hours.own_available_hours) as group_available_hours
    from own_hours
    inner join work_center_groups on own_hours.work_center_id = work_center_groups.work_center_id
    group by
        work_center_groups.group_id,
        own_hours.period_kind,
        own_hours.period_start,
        own_hours.load_basis,
        own_hours.plan_version
),

ignored_calendars as (
    select distinct work_center_id
    from available_hours
    where is_ignored
),

compared as (
    select
        own_hours.*,
        work_centers.is_group,
        work_centers.hour_cost,
        work_centers.currency,
        ignored_calendars.work_center_id is not null as is_own_calendar_ignored,
        group_hours.group_load_hours,
        group_hours.group_available_hours,
        group_hours.group_available_hours - group_hours.group_load_hours as gap_hours
    from own_hours
    inner join work_centers on own_hours.work_center_id = work_centers.work_center_id
    inner join group_hours
        on
            own_hours.work_center_id = group_hours.group_id
            and own_hours.period_kind = group_hours.period_kind
            and own_hours.period_start = group_hours.period_start
            and own_hours.load_basis = group_hours.load_basis
            and own_hours.plan_version = group_hours.plan_version
    left join ignored_calendars on own_hours.work_center_id = ignored_calendars.work_center_id
)

select * from compared
