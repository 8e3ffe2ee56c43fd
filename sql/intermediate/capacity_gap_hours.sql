-- One row per load basis, plan version, period and work center with capacity or load (or a group of such): its own hours.
with

periods as (
    select * from intermediate.capacity_gap_periods
),

own_load as (
    select * from intermediate.capacity_gap_own_load
),

own_availability as (
    select * from intermediate.capacity_gap_own_availability
),

available_hours as (
    select * from intermediate.available_hours
),

work_center_groups as (
    select * from intermediate.work_center_groups
),

bases as (
    select distinct
        load_basis,
        plan_version
    from periods
),

with_a_calendar as (
    select distinct work_center_id from available_hours
),

with_load as (
    select distinct
        load_basis,
        plan_version,
        work_center_id
    from own_load
),

with_hours as (
    select
        bases.load_basis,
        bases.plan_version,
        with_a_calendar.work_center_id
    from bases
    cross join with_a_calendar
    union all
    select * from with_load
),

-- A parent without hours of its own stands for its group.
shown as (
    select distinct
        with_hours.load_basis,
        with_hours.plan_version,
        work_center_groups.group_id as work_center_id
    from with_hours
    inner join work_center_groups on with_hours.work_center_id = work_center_groups.work_center_id
),

completed as (
    select
        shown.work_center_id,
        periods.period_kind,
        periods.period_start,
        periods.load_basis,
        periods.plan_version,
        periods.period_end,
        periods.is_actual,
        periods.is_first_open_period,
        periods.is_shown,
        coalesce(own_load.placed_load_hours, 0) as placed_load_hours,
        coalesce(own_load.past_due_load_hours, 0) as past_due_load_hours,
        coalesce(own_load.unplaced_load_hours, 0) as unplaced_load_hours,
        coalesce(own_load.missing_hours_count, 0) as missing_hours_count,
        coalesce(
            case when periods.is_actual then own_availability.past_hours else own_availability.open_hours end, 0
        ) as own_available_hours
    from shown
    inner join periods
        on
            shown.load_basis = periods.load_basis
            and shown.plan_version = periods.plan_version
    left join own_load
        on
            shown.work_center_id = own_load.work_center_id
            and periods.period_kind = own_load.period_kind
            and periods.period_start = own_load.period_start
            and periods.load_basis = own_load.load_basis
            and periods.plan_version = own_load.plan_version
    left join own_availability
        on
            shown.work_center_id = own_availability.work_center_id
            and periods.period_kind = own_availability.period_kind
            and periods.period_start = own_availability.period_start
)

select * from completed
