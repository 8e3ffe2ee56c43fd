-- One row per level, its member, forecast type, lag, basis, and window of one or more periods: sums over the window.
with

sums as (
    select * from intermediate.forecast_accuracy_sums
),

-- A period by itself is a window of one.
windows as (
    select window_periods from settings.forecast_rolling_windows
    union distinct
    select 1 as window_periods
),

steps as (
    select
        window_periods,
        unnest(generate_series(0, window_periods - 1)) as step
    from windows
),

-- A period is part of the windows that end in it and in the periods after it; one that is not over, of none but its own.
reached as (
    select
        sums.*,
        steps.window_periods,
        sums.period_index + steps.step as last_index
    from sums
    cross join steps
    where sums.is_period_complete or steps.window_periods = 1
),

summed as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        basis,
        period_kind,
        window_periods,
        last_index,
        min(period_start) as window_start,
        count(*) as n_window_periods,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        sum(n_periods) as n_periods,
        sum(n_present) as n_present,
        sum(n_carried) as n_carried,
        sum(n_late) as n_late,
        sum(n_missing) as n_missing,
        sum(n_zero_actual) as n_zero_actual,
        sum(n_no_path) as n_no_path,
        sum(n_without_quantity) as n_without_quantity,
        sum(n_without_amount) as n_without_amount,
        sum(n_quantity) as n_quantity,
        sum(forecast_quantity) as forecast_quantity,
        sum(actual_quantity) as actual_quantity,
        sum(abs_error_quantity) as abs_error_quantity,
        sum(abs_actual_quantity) as abs_actual_quantity,
        sum(mape_n) as mape_n,
        sum(ape) as ape,
        sum(smape_term) as smape_term,
        sum(mase_n) as mase_n,
        sum(scale_quantity) as scale_quantity,
        sum(scaled_error_quantity) as scaled_error_quantity,
        sum(n_amount) as n_amount,
        sum(forecast_amount) as forecast_amount,
        sum(actual_amount) as actual_amount,
        sum(abs_error_amount) as abs_error_amount,
        sum(abs_actual_amount) as abs_actual_amount,
        sum(amount_mape_n) as amount_mape_n,
        sum(amount_ape) as amount_ape,
        sum(amount_smape_term) as amount_smape_term,
        sum(amount_mase_n) as amount_mase_n,
        sum(scale_amount) as scale_amount,
        sum(scaled_error_amount) as scaled_error_amount,
        sum(n_quantity_periods) as n_quantity_periods,
        sum(own_error_quantity) as own_error_quantity,
        sum(own_squared_error_quantity) as own_squared_error_quantity,
        sum(n_amount_periods) as n_amount_periods,
        sum(own_error_amount) as own_error_amount,
        sum(own_squared_error_amount) as own_squared_error_amount
    from reached
    group by level, level_id, forecast_type, lag, basis, period_kind, window_periods, last_index
),

-- No window ends in a period in which a series has no row, or that is not over.
ended as (
    select
        summed.*,
        sums.period_start,
        sums.period_end,
        sums.is_period_complete
    from summed
    inner join sums
        on
            summed.level = sums.level
            and summed.level_id = sums.level_id
            and summed.forecast_type = sums.forecast_type
            and summed.lag = sums.lag
            and summed.basis = sums.basis
            and summed.period_kind = sums.period_kind
            and summed.last_index = sums.period_index
            and (sums.is_period_complete or summed.window_periods = 1)
)

select * from ended
