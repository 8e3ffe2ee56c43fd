-- One row per quantity asked of a plant, due day, way down the bills of material, and operation: its hours and their day.
-- What is made and has no routing on its day is a row without an operation.
with

slices as (
    select * from intermediate.capacity_plan_slices
),

operation_days as (
    select * from intermediate.plan_operation_days
),

work_centers as (
    select * from marts.dim_work_center
),

-- Quantities of a plan's row as a whole: its setups are counted once for all of its days.
operations as (
    select
        slices.load_basis,
        slices.plan_version,
        slices.product_id as plan_product_id,
        slices.location_id,
        slices.order_id,
        slices.line_id,
        slices.period_start,
        slices.period_end,
        slices.is_spread_ahead,
        slices.slice_number,
        slices.slice_count,
        operation_days.product_id,
        operation_days.way,
        operation_days.operation,
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        operation_days.date,
        operation_days.is_placed,
        operation_days.run_hours_per_unit,
        operation_days.setup_hours,
        operation_days.lot_size,
        cast(round(slices.quantity * operation_days.start_ratio, 6) as decimal(22, 6)) as start_quantity
    from slices
    inner join operation_days
        on
            slices.product_id = operation_days.plan_product_id
            and slices.location_id = operation_days.location_id
            and slices.due_date = operation_days.plan_due_date
            and slices.is_demand = operation_days.is_demand
    left join work_centers on operation_days.work_center_id = work_centers.work_center_id
),

-- Lots are counted at the four places of quantities, so that what a yield's inverse leaves behind them begins no lot.
row_hours as (
    select
        *,
        run_hours_per_unit is null or start_quantity is null as is_without_hours,
        cast(
            round(
                coalesce(start_quantity * run_hours_per_unit, 0)
                + case
                    when start_quantity > 0
                        then coalesce(setup_hours, 0) * ceil(coalesce(cast(start_quantity as decimal(20, 4)) / lot_size, 1))
                    else 0
                end,
                4
            )
            as decimal(18, 4)
        ) as hours
    from operations
),

-- Rounded so that the parts of a row add up to it.
slice_hours as (
    select
        load_basis,
        plan_version,
        plan_product_id,
        location_id,
        order_id,
        line_id,
        period_start,
        period_end,
        is_spread_ahead,
        slice_number,
        product_id,
        way,
        operation,
        work_center_id,
        date,
        is_placed,
        cast(
            round(cast(hours * slice_number as decimal(28, 8)) / slice_count, 4)
            - round(cast(hours * (slice_number - 1) as decimal(28, 8)) / slice_count, 4)
            as decimal(18, 4)
        ) as hours,
        is_without_hours
    from row_hours
)

select * from slice_hours
