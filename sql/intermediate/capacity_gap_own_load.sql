-- One row per load basis, plan version, work center and period with load of its own.
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

summed as (
    select
        load_days.load_basis,
        load_days.plan_version,
        load_days.work_center_id,
        period_days.period_kind,
        period_days.period_start,
        sum(load_days.placed_load_hours) as placed_load_hours,
        sum(load_days.past_due_load_hours) as past_due_load_hours,
        sum(load_days.unplaced_load_hours) as unplaced_load_hours,
        sum(load_days.missing_hours_count) as missing_hours_count
    from load_days
    inner join period_days on load_days.load_date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by
        load_days.load_basis,
        load_days.plan_version,
        load_days.work_center_id,
        period_days.period_kind,
        period_days.period_start
)

select * from summed
