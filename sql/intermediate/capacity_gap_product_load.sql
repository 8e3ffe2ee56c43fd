-- One row per load basis, plan version, work center, period, product and order line with load there or in one below.
with

load_days as (
    select * from intermediate.capacity_load
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

work_center_groups as (
    select * from intermediate.work_center_groups
),

own_load as (
    select
        load_days.load_basis,
        load_days.plan_version,
        load_days.work_center_id,
        period_days.period_kind,
        period_days.period_start,
        load_days.product_id,
        load_days.order_id,
        load_days.line_id,
        sum(
            load_days.placed_load_hours + load_days.past_due_load_hours + load_days.unplaced_load_hours
        ) as load_hours,
        sum(load_days.missing_hours_count) as missing_hours_count
    from load_days
    inner join period_days on load_days.load_date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by
        load_days.load_basis,
        load_days.plan_version,
        load_days.work_center_id,
        period_days.period_kind,
        period_days.period_start,
        load_days.product_id,
        load_days.order_id,
        load_days.line_id
),

group_load as (
    select
        work_center_groups.group_id as work_center_id,
        own_load.period_kind,
        own_load.period_start,
        own_load.load_basis,
        own_load.plan_version,
        own_load.product_id,
        own_load.order_id,
        own_load.line_id,
        sum(case when work_center_groups.distance = 0 then own_load.load_hours else 0 end) as own_load_hours,
        sum(own_load.load_hours) as group_load_hours,
        sum(case when work_center_groups.distance = 0 then own_load.missing_hours_count else 0 end) as missing_hours_count
    from own_load
    inner join work_center_groups on own_load.work_center_id = work_center_groups.work_center_id
    group by
        work_center_groups.group_id,
        own_load.period_kind,
        own_load.period_start,
        own_load.load_basis,
        own_load.plan_version,
        own_load.product_id,
        own_load.order_id,
        own_load.line_id
)

select * from group_load
