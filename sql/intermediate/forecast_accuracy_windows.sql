-- One row per series of rates, basis, period, and window of one or more periods that ends in it: the sums over it.
with

running as (
    select * from intermediate.forecast_accuracy_running
),

-- A period by itself is a window of one.
windows as (
    select window_periods from settings.forecast_rolling_windows
    union distinct
    select 1 as window_periods
),

-- The sums up to a period hold until the next one, be there a gap between them.
holding as (
    select
        *,
        unnest(generate_series(period_index, coalesce(next_index - 1, period_index))) as held_index
    from running
),

-- A period that is not over is in no window but its own.
ends as (
    select
        running.*,
        windows.window_periods,
        running.period_index - windows.window_periods as before_index
    from running
    cross join windows
    where running.is_period_complete or windows.window_periods = 1
),

differences as (
    select
        ends.series_number,
        ends.basis,
        ends.period_index,
        ends.window_periods,
        ends.period_start,
        ends.period_end,
        ends.is_period_complete,
        case when ends.window_periods = 1 or ends.first_unit = ends.last_unit then ends.quantity_unit end
            as quantity_unit,
        ends.n_window_periods - coalesce(holding.n_window_periods, 0) as n_window_periods,
        ends.n_mixed_periods - coalesce(holding.n_mixed_periods, 0) as n_mixed_periods,
        ends.n_periods - coalesce(holding.n_periods, 0) as n_periods,
        ends.n_present - coalesce(holding.n_present, 0) as n_present,
        ends.n_carried - coalesce(holding.n_carried, 0) as n_carried,
        ends.n_late - coalesce(holding.n_late, 0) as n_late,
        ends.n_missing - coalesce(holding.n_missing, 0) as n_missing,
        ends.n_zero_actual - coalesce(holding.n_zero_actual, 0) as n_zero_actual,
        ends.n_without_quantity - coalesce(holding.n_without_quantity, 0) as n_without_quantity,
        ends.n_without_amount - coalesce(holding.n_without_amount, 0) as n_without_amount,
        ends.n_quantity - coalesce(holding.n_quantity, 0) as n_quantity,
        ends.forecast_quantity - coalesce(holding.forecast_quantity, 0) as forecast_quantity,
        ends.actual_quantity - coalesce(holding.actual_quantity, 0) as actual_quantity,
        ends.abs_error_quantity - coalesce(holding.abs_error_quantity, 0) as abs_error_quantity,
        ends.abs_actual_quantity - coalesce(holding.abs_actual_quantity, 0) as abs_actual_quantity,
        ends.mape_n - coalesce(holding.mape_n, 0) as mape_n,
        ends.ape - coalesce(holding.ape, 0) as ape,
        ends.smape_term - coalesce(holding.smape_term, 0) as smape_term,
        ends.mase_n - coalesce(holding.mase_n, 0) as mase_n,
        ends.scale_quantity - coalesce(holding.scale_quantity, 0) as scale_quantity,
        ends.scaled_error_quantity - coalesce(holding.scaled_error_quantity, 0) as scaled_error_quantity,
        ends.n_amount - coalesce(holding.n_amount, 0) as n_amount,
        ends.forecast_amount - coalesce(holding.forecast_amount, 0) as forecast_amount,
        ends.actual_amount - coalesce(holding.actual_amount, 0) as actual_amount,
        ends.abs_error_amount - coalesce(holding.abs_error_amount, 0) as abs_error_amount,
        ends.abs_actual_amount - coalesce(holding.abs_actual_amount, 0) as abs_actual_amount,
        ends.amount_mase_n - coalesce(holding.amount_mase_n, 0) as amount_mase_n,
        ends.scale_amount - coalesce(holding.scale_amount, 0) as scale_amount,
        ends.scaled_error_amount - coalesce(holding.scaled_error_amount, 0) as scaled_error_amount,
        ends.n_quantity_periods - coalesce(holding.n_quantity_periods, 0) as n_quantity_periods,
        ends.own_error_quantity - coalesce(holding.own_error_quantity, 0) as own_error_quantity,
        ends.own_squared_error_quantity - coalesce(holding.own_squared_error_quantity, 0) as own_squared_error_quantity,
        ends.n_amount_periods - coalesce(holding.n_amount_periods, 0) as n_amount_periods,
        ends.own_error_amount - coalesce(holding.own_error_amount, 0) as own_error_amount,
        ends.own_squared_error_amount - coalesce(holding.own_squared_error_amount, 0) as own_squared_error_amount
    from ends
    left join holding
        on
            ends.series_number = holding.series_number
            and ends.basis = holding.basis
            and ends.before_index = holding.held_index
),

-- A window in which nothing was carried or nothing is missing has the rates of what is present.
telling as (
    select *
    from differences
    where
        basis = 'present'
        or (basis = 'with_carried' and n_carried > 0)
        or (basis = 'missing_as_zero' and n_missing > 0)
)

select * from telling
