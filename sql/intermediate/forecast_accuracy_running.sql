-- One row per series of rates, basis and period: the sums from the first period of the series to this one.
with

sums as (
    select * from intermediate.forecast_accuracy_sums
),

with_units as (
    select
        *,
        case when not has_mixed_units then first_unit end as quantity_unit
    from sums
),

running as (
    select
        series_number,
        basis,
        period_index,
        period_start,
        period_end,
        is_period_complete,
        quantity_unit,
        min(quantity_unit) over whole_series as first_unit,
        max(quantity_unit) over whole_series as last_unit,
        lead(period_index) over to_period as next_index,
        count(*) over to_period as n_window_periods,
        sum(case when has_mixed_units then 1 else 0 end) over to_period as n_mixed_periods,
        sum(n_periods) over to_period as n_periods,
        sum(n_present) over to_period as n_present,
        sum(n_carried) over to_period as n_carried,
        sum(n_late) over to_period as n_late,
        sum(n_missing) over to_period as n_missing,
        sum(n_zero_actual) over to_period as n_zero_actual,
        sum(n_without_quantity) over to_period as n_without_quantity,
        sum(n_without_amount) over to_period as n_without_amount,
        sum(n_quantity) over to_period as n_quantity,
        sum(forecast_quantity) over to_period as forecast_quantity,
        sum(actual_quantity) over to_period as actual_quantity,
        sum(abs_error_quantity) over to_period as abs_error_quantity,
        sum(abs_actual_quantity) over to_period as abs_actual_quantity,
        sum(mape_n) over to_period as mape_n,
        sum(ape) over to_period as ape,
        sum(smape_term) over to_period as smape_term,
        sum(mase_n) over to_period as mase_n,
        sum(scale_quantity) over to_period as scale_quantity,
        sum(scaled_error_quantity) over to_period as scaled_error_quantity,
        sum(n_amount) over to_period as n_amount,
        sum(forecast_amount) over to_period as forecast_amount,
        sum(actual_amount) over to_period as actual_amount,
        sum(abs_error_amount) over to_period as abs_error_amount,
        sum(abs_actual_amount) over to_period as abs_actual_amount,
        sum(amount_mase_n) over to_period as amount_mase_n,
        sum(scale_amount) over to_period as scale_amount,
        sum(scaled_error_amount) over to_period as scaled_error_amount,
        sum(n_quantity_periods) over to_period as n_quantity_periods,
        sum(own_error_quantity) over to_period as own_error_quantity,
        sum(own_squared_error_quantity) over to_period as own_squared_error_quantity,
        sum(n_amount_periods) over to_period as n_amount_periods,
        sum(own_error_amount) over to_period as own_error_amount,
        sum(own_squared_error_amount) over to_period as own_squared_error_amount
    from with_units
    window
        whole_series as (partition by series_number, basis),
        to_period as (
            partition by series_number, basis
            order by period_index asc
            rows between unbounded preceding and current row
        )
)

select * from running
