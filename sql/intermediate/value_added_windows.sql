-- One row per row of value_added_errors and window, of one period or of $value_added_window, that ends in its period.
with

errors as (
    select * from intermediate.value_added_errors
),

-- A window of one period is that period; the others are summed. The place is of no use but for the order it brings: a
-- series is summed, and out of memory, when the next one begins.
periods as (
    select
        item_number,
        measure,
        step_number,
        row_number() over (partition by item_number, measure, step_number order by period_index) as place,
        named_struct(
            'lengths', make_array(cast($value_added_window as bigint)),
            'period_index', period_index,
            'forecast_status', forecast_status,
            'unit', unit,
            'has_no_path', has_no_path,
            'n_compared', n_compared,
            'n_partly_missing', n_partly_missing,
            'n_not_valued', n_not_valued,
            'forecast', forecast,
            'actual', actual,
            'abs_error', abs_error,
            'abs_actual', abs_actual,
            'naive_abs_error', naive_abs_error
        ) as period
    from errors
    where $value_added_window > 1
),

-- Without its condition the place would be left out of the plan, and the order with it.
rolled as (
    select
        item_number,
        measure,
        step_number,
        unnest(rolling_sums(period)) as summed
    from periods
    where place > 0
    group by item_number, measure, step_number
),

named as (
    select
        item_number,
        measure,
        step_number,
        cast(1 as bigint) as window_periods,
        period_index,
        forecast_status,
        unit,
        has_no_path,
        n_compared,
        n_partly_missing,
        n_not_valued,
        forecast,
        actual,
        abs_error,
        abs_actual,
        naive_abs_error
    from errors
    union all
    select
        item_number,
        measure,
        step_number,
        summed['window_periods'] as window_periods,
        summed['period_index'] as period_index,
        summed['forecast_status'] as forecast_status,
        summed['unit'] as unit,
        summed['has_no_path'] as has_no_path,
        summed['n_compared'] as n_compared,
        summed['n_partly_missing'] as n_partly_missing,
        summed['n_not_valued'] as n_not_valued,
        summed['forecast'] as forecast,
        summed['actual'] as actual,
        summed['abs_error'] as abs_error,
        summed['abs_actual'] as abs_actual,
        summed['naive_abs_error'] as naive_abs_error
    from rolled
)

select * from named
