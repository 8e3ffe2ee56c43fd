-- One row per series of rates, basis, period, and window of one or more periods that ends in it: the rates over it.
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
),

addable as (
    select
        *,
        n_mixed_periods = 0 and quantity_unit is not null and has_one_unit as is_addable
    from telling
),

-- What is divided by nothing is NULL.
with_divisors as (
    select
        *,
        case when is_addable then nullif(abs_actual_quantity, 0) end as quantity_actual_divisor,
        case when is_addable then nullif(n_quantity_periods, 0) end as quantity_period_divisor,
        case when is_addable then nullif(scale_quantity, 0) end as quantity_scale_divisor,
        nullif(abs_actual_amount, 0) as amount_actual_divisor,
        nullif(n_amount_periods, 0) as amount_period_divisor,
        nullif(scale_amount, 0) as amount_scale_divisor
    from addable
),

rated as (
    select
        series_number,
        basis,
        period_index,
        window_periods,
        period_start,
        period_end,
        is_period_complete,
        n_window_periods,
        n_periods,
        n_present,
        n_carried,
        n_late,
        n_missing,
        n_zero_actual,
        n_without_quantity,
        n_without_amount,
        case when is_addable then quantity_unit end as quantity_unit,
        not is_addable as has_mixed_units,
        case when is_addable and n_quantity > 0 then forecast_quantity end as forecast_quantity,
        case when is_addable and n_quantity > 0 then actual_quantity end as actual_quantity,
        case when is_addable and n_quantity > 0 then forecast_quantity - actual_quantity end as error_quantity,
        case when is_addable and n_quantity > 0 then abs_error_quantity end as abs_error_quantity,
        case when is_addable and n_quantity > 0 then abs_actual_quantity end as abs_actual_quantity,
        cast(abs_error_quantity as double) / quantity_actual_divisor as wape,
        cast(own_error_quantity as double) / quantity_actual_divisor as wape_at_level,
        cast(greatest(abs_actual_quantity - abs_error_quantity, 0) as double) / quantity_actual_divisor
            as accuracy_rate,
        abs_error_quantity > quantity_actual_divisor as is_floored,
        cast(forecast_quantity - actual_quantity as double) / quantity_actual_divisor as bias_rate,
        cast(ape as double) / nullif(mape_n, 0) as mape,
        mape_n,
        cast(smape_term as double) / nullif(n_quantity, 0) as smape,
        cast(own_error_quantity as double) / quantity_period_divisor as mae,
        sqrt(cast(own_squared_error_quantity as double) / quantity_period_divisor) as rmse,
        cast(scaled_error_quantity as double) / quantity_scale_divisor as mase,
        mase_n,
        case when n_amount > 0 then forecast_amount end as forecast_amount,
        case when n_amount > 0 then actual_amount end as actual_amount,
        case when n_amount > 0 then forecast_amount - actual_amount end as error_amount,
        case when n_amount > 0 then abs_error_amount end as abs_error_amount,
        case when n_amount > 0 then abs_actual_amount end as abs_actual_amount,
        cast(abs_error_amount as double) / amount_actual_divisor as amount_wape,
        cast(own_error_amount as double) / amount_actual_divisor as amount_wape_at_level,
        cast(greatest(abs_actual_amount - abs_error_amount, 0) as double) / amount_actual_divisor
            as amount_accuracy_rate,
        abs_error_amount > amount_actual_divisor as is_amount_floored,
        cast(forecast_amount - actual_amount as double) / amount_actual_divisor as amount_bias_rate,
        cast(own_error_amount as double) / amount_period_divisor as amount_mae,
        sqrt(cast(own_squared_error_amount as double) / amount_period_divisor) as amount_rmse,
        cast(scaled_error_amount as double) / amount_scale_divisor as amount_mase,
        amount_mase_n
    from with_divisors
)

select * from rated
