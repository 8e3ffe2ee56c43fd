-- One row per series of rates, basis, period, and window of one or more periods that ends in it: the sums over it.
with

sums as (
    select
        *,
        case when not has_mixed_units then first_unit end as quantity_unit
    from intermediate.forecast_accuracy_sums
),

-- A period by itself is a window of one.
windows as (
    select cast(window_periods as bigint) as window_periods from settings.forecast_rolling_windows
    union distinct
    select 1 as window_periods
),

-- A unit that changes over time leaves no quantities in any window of several periods.
units as (
    select
        series_number,
        basis,
        min(quantity_unit) as first_unit,
        max(quantity_unit) as last_unit
    from sums
    group by series_number, basis
),

-- A period is in the windows that end in it or in one of the next ones; one that is not over, in no window but its own.
in_windows as (
    select
        sums.*,
        windows.window_periods,
        unnest(generate_series(sums.period_index, sums.period_index + windows.window_periods - 1)) as end_index
    from sums
    cross join windows
    where sums.is_period_complete or windows.window_periods = 1
),

-- A window ends in a period that has a row.
summed as (
    select
        series_number,
        basis,
        window_periods,
        end_index as period_index,
        max(period_start) as period_start,
        max(period_end) as period_end,
        bool_and(is_period_complete) as is_period_complete,
        max(quantity_unit) as quantity_unit,
        count(*) as n_window_periods,
        sum(case when has_mixed_units then 1 else 0 end) as n_mixed_periods,
        sum(n_periods) as n_periods,
        sum(n_present) as n_present,
        sum(n_carried) as n_carried,
        sum(n_late) as n_late,
        sum(n_missing) as n_missing,
        sum(n_zero_actual) as n_zero_actual,
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
        sum(amount_mase_n) as amount_mase_n,
        sum(scale_amount) as scale_amount,
        sum(scaled_error_amount) as scaled_error_amount,
        sum(n_quantity_periods) as n_quantity_periods,
        sum(own_error_quantity) as own_error_quantity,
        sum(own_squared_error_quantity) as own_squared_error_quantity,
        sum(n_amount_periods) as n_amount_periods,
        sum(own_error_amount) as own_error_amount,
        sum(own_squared_error_amount) as own_squared_error_amount
    from in_windows
    group by series_number, basis, window_periods, end_index
    having bool_or(period_index = end_index)
),

with_units as (
    select
        summed.*,
        summed.window_periods = 1 or units.first_unit = units.last_unit as has_one_unit
    from summed
    inner join units
        on
            summed.series_number = units.series_number
            and summed.basis = units.basis
),

-- A window in which nothing was carried or nothing is missing has the rates of what is present.
telling as (
    select *
    from with_units
    where
        basis = 'present'
        or (basis = 'with_carried' and n_carried > 0)
        or (basis = 'missing_as_zero' and n_missing > 0)
)

select * from telling
