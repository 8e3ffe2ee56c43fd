-- One row per salesperson, forecast type, lag and period: how far the salesperson's forecasts were from what they sold.
with

series as (
    select * from intermediate.forecast_accuracy_series where basis = 'present' and level = 'salesperson'
),

present as (
    select * from intermediate.forecast_accuracy_rates where basis = 'present' and window_periods = 1
),

with_carried as (
    select * from intermediate.forecast_accuracy_rates where basis = 'with_carried' and window_periods = 1
),

as_zero as (
    select * from intermediate.forecast_accuracy_rates where basis = 'missing_as_zero' and window_periods = 1
),

-- Where a basis counts nothing more, its rates are those of what is present.
projected as (
    select
        series.level_id as salesperson_id,
        series.forecast_type,
        series.lag,
        series.period_kind,
        present.period_start,
        present.period_end,
        present.is_period_complete,
        present.n_periods,
        present.n_present, present.n_carried, present.n_late, present.n_missing,
        present.n_zero_actual, present.n_without_quantity, present.n_without_amount,
        present.quantity_unit,
        present.has_mixed_units,
        present.forecast_quantity, present.actual_quantity, present.error_quantity,
        present.abs_error_quantity, present.abs_actual_quantity,
        present.wape,
        present.wape_at_level,
        present.accuracy_rate,
        present.is_floored,
        present.bias_rate,
        present.mape,
        present.mape_n,
        present.smape,
        present.mae,
        present.rmse,
        present.mase,
        present.mase_n,
        present.rmsse,
        present.wrmsse, present.wrmsse_n,
        present.n_with_quantiles,
        present.p10_loss, present.p50_loss, present.p90_loss,
        present.interval_coverage_rate,
        $reporting_currency as currency,
        present.forecast_amount, present.actual_amount, present.error_amount,
        present.abs_error_amount, present.abs_actual_amount,
        present.amount_wape,
        present.amount_wape_at_level,
        present.amount_accuracy_rate,
        present.is_amount_floored,
        present.amount_bias_rate,
        present.amount_mae,
        present.amount_rmse,
        present.amount_mase,
        present.amount_mase_n,
        present.amount_rmsse,
        coalesce(with_carried.wape, present.wape) as wape_with_carried,
        coalesce(with_carried.wape_at_level, present.wape_at_level) as wape_at_level_with_carried,
        coalesce(with_carried.accuracy_rate, present.accuracy_rate) as accuracy_rate_with_carried,
        coalesce(with_carried.bias_rate, present.bias_rate) as bias_rate_with_carried,
        coalesce(with_carried.mape, present.mape) as mape_with_carried,
        coalesce(with_carried.mape_n, present.mape_n) as mape_n_with_carried,
        coalesce(with_carried.smape, present.smape) as smape_with_carried,
        coalesce(with_carried.mase, present.mase) as mase_with_carried,
        coalesce(with_carried.rmsse, present.rmsse) as rmsse_with_carried,
        coalesce(with_carried.wrmsse, present.wrmsse) as wrmsse_with_carried,
        coalesce(with_carried.amount_wape, present.amount_wape) as amount_wape_with_carried,
        coalesce(with_carried.amount_wape_at_level, present.amount_wape_at_level) as amount_wape_at_level_with_carried,
        coalesce(with_carried.amount_accuracy_rate, present.amount_accuracy_rate) as amount_accuracy_rate_with_carried,
        coalesce(with_carried.amount_bias_rate, present.amount_bias_rate) as amount_bias_rate_with_carried,
        coalesce(with_carried.amount_mase, present.amount_mase) as amount_mase_with_carried,
        coalesce(with_carried.amount_rmsse, present.amount_rmsse) as amount_rmsse_with_carried,
        coalesce(as_zero.wape, present.wape) as wape_missing_as_zero,
        coalesce(as_zero.wape_at_level, present.wape_at_level) as wape_at_level_missing_as_zero,
        coalesce(as_zero.accuracy_rate, present.accuracy_rate) as accuracy_rate_missing_as_zero,
        coalesce(as_zero.bias_rate, present.bias_rate) as bias_rate_missing_as_zero,
        coalesce(as_zero.mape, present.mape) as mape_missing_as_zero,
        coalesce(as_zero.mape_n, present.mape_n) as mape_n_missing_as_zero,
        coalesce(as_zero.smape, present.smape) as smape_missing_as_zero,
        coalesce(as_zero.mase, present.mase) as mase_missing_as_zero,
        coalesce(as_zero.rmsse, present.rmsse) as rmsse_missing_as_zero,
        coalesce(as_zero.wrmsse, present.wrmsse) as wrmsse_missing_as_zero,
        coalesce(as_zero.amount_wape, present.amount_wape) as amount_wape_missing_as_zero,
        coalesce(as_zero.amount_wape_at_level, present.amount_wape_at_level) as amount_wape_at_level_missing_as_zero,
        coalesce(as_zero.amount_accuracy_rate, present.amount_accuracy_rate) as amount_accuracy_rate_missing_as_zero,
        coalesce(as_zero.amount_bias_rate, present.amount_bias_rate) as amount_bias_rate_missing_as_zero,
        coalesce(as_zero.amount_mase, present.amount_mase) as amount_mase_missing_as_zero,
        coalesce(as_zero.amount_rmsse, present.amount_rmsse) as amount_rmsse_missing_as_zero
    from present
    inner join series on present.series_number = series.series_number
    left join with_carried
        on
            present.series_number = with_carried.series_number
            and present.period_index = with_carried.period_index
            and present.window_periods = with_carried.window_periods
    left join as_zero
        on
            present.series_number = as_zero.series_number
            and present.period_index = as_zero.period_index
            and present.window_periods = as_zero.window_periods
)

select * from projected
