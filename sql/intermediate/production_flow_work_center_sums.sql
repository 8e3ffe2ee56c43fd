-- One row per work center and period in which operations started: their hours and pieces.
with

operations as (
    select * from intermediate.production_flow_operations
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

summed as (
    select
        operations.work_center_id,
        period_days.period_kind,
        period_days.period_start,
        count(*) as operation_count,
        count(*) filter (where operations.is_measured) as measured_operation_count,
        sum(operations.run_hours) as run_hours,
        sum(operations.setup_hours) as setup_hours,
        sum(operations.down_hours) as down_hours,
        count(*) filter (where operations.down_hours is null) as unknown_down_count,
        sum(operations.good_quantity) as good_quantity,
        sum(operations.scrap_quantity) as scrap_quantity,
        min(operations.stock_unit) as quantity_unit,
        min(operations.stock_unit) <> max(operations.stock_unit) as has_mixed_units,
        sum(case when operations.is_measured then operations.run_hours else 0 end) as measured_run_hours,
        sum(
            case
                when operations.is_measured then operations.run_hours + operations.setup_hours + operations.down_hours
                else 0
            end
        ) as measured_hours,
        sum(case when operations.is_measured then operations.good_ideal_hours else 0 end) as good_ideal_hours,
        sum(case when operations.is_measured then operations.scrap_ideal_hours else 0 end) as scrap_ideal_hours
    from operations
    inner join period_days on operations.actual_start = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by operations.work_center_id, period_days.period_kind, period_days.period_start
)

select * from summed
