-- One row per work center and period up to `$as_of`: how its hours were used, and how much of them made good pieces.
with

capacity_gap as (
    select * from marts.capacity_gap
    where load_basis = 'actual'
),

sums as (
    select * from intermediate.production_flow_work_center_sums
),

completed as (
    select
        capacity_gap.work_center_id,
        capacity_gap.period_kind,
        capacity_gap.period_start,
        capacity_gap.period_end,
        capacity_gap.is_period_complete,
        capacity_gap.is_group,
        capacity_gap.own_load_hours,
        capacity_gap.own_available_hours,
        coalesce(sums.operation_count, 0) as operation_count,
        coalesce(sums.measured_operation_count, 0) as measured_operation_count,
        coalesce(sums.run_hours, 0) as run_hours,
        coalesce(sums.setup_hours, 0) as setup_hours,
        case when sums.work_center_id is null then 0 else sums.down_hours end as down_hours,
        coalesce(sums.unknown_down_count, 0) as unknown_down_count,
        sums.good_quantity,
        sums.scrap_quantity,
        sums.quantity_unit,
        coalesce(sums.has_mixed_units, false) as has_mixed_units,
        coalesce(sums.measured_run_hours, 0) as measured_run_hours,
        coalesce(sums.measured_hours, 0) as measured_hours,
        coalesce(sums.good_ideal_hours, 0) as good_ideal_hours,
        coalesce(sums.scrap_ideal_hours, 0) as scrap_ideal_hours
    from capacity_gap
    left join sums
        on
            capacity_gap.work_center_id = sums.work_center_id
            and capacity_gap.period_kind = sums.period_kind
            and capacity_gap.period_start = sums.period_start
),

-- What is divided by nothing is NULL, and so are rates of a period that is not over.
with_divisors as (
    select
        *,
        good_ideal_hours + scrap_ideal_hours as ideal_hours,
        case when is_period_complete then nullif(own_available_hours, 0) end as available_divisor,
        case when is_period_complete then nullif(measured_hours, 0) end as hours_divisor,
        case when is_period_complete then nullif(measured_run_hours, 0) end as run_divisor,
        case when is_period_complete then nullif(good_ideal_hours + scrap_ideal_hours, 0) end as ideal_divisor
    from completed
),

projected as (
    select
        work_center_id,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        is_group,
        own_load_hours,
        own_available_hours,
        cast(own_load_hours as double) / available_divisor as load_rate,
        own_available_hours <= 0 as has_no_capacity,
        run_hours,
        setup_hours,
        down_hours,
        unknown_down_count,
        case when not has_mixed_units then good_quantity end as good_quantity,
        case when not has_mixed_units then scrap_quantity end as scrap_quantity,
        case when not has_mixed_units then quantity_unit end as quantity_unit,
        has_mixed_units,
        operation_count,
        measured_operation_count,
        measured_hours,
        measured_run_hours,
        ideal_hours,
        scrap_ideal_hours,
        cast(measured_run_hours as double) / hours_divisor as availability_rate,
        cast(ideal_hours as double) / run_divisor as performance_rate,
        cast(good_ideal_hours as double) / ideal_divisor as quality_rate,
        cast(good_ideal_hours as double) / hours_divisor as oee_rate
    from with_divisors
)

select * from projected
