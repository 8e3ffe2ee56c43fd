-- One row per level, its member, forecast type, lag and period: how far forecasts were from what happened.
with

rates as (
    select * from intermediate.forecast_accuracy_rates where basis = 'present' and window_periods = 1
),

-- Where a basis counts nothing more, its rates are those of what is present.
twins as (
    select * from intermediate.forecast_accuracy_twins
),

projected as (
    select
        rates.level,
        rates.level_id,
        rates.forecast_type,
        rates.lag,
        rates.period_kind,
        rates.period_start,
        rates.period_end,
        rates.is_period_complete,
        rates.product_id,
        rates.product_family,
        rates.category,
        rates.location_id,
        rates.market_region,
        rates.n_periods,
        rates.n_present,
        rates.n_carried,
        rates.n_late,
        rates.n_missing,
        rates.n_zero_actual,
        rates.n_without_quantity,
        rates.n_without_amount,
        rates.quantity_unit,
        rates.has_mixed_units,
        rates.forecast_quantity,
        rates.actual_quantity,
        rates.error_quantity,
        rates.abs_error_quantity,
        rates.abs_actual_quantity,
        rates.wape,
        rates.wape_at_level,
        rates.accuracy_rate,
        rates.is_floored,
        rates.bias_rate,
        rates.mape,
        rates.mape_n,
        rates.smape,
        rates.mae,
        rates.rmse,
        rates.mase,
        rates.mase_n,
        $reporting_currency as currency,
        rates.forecast_amount,
        rates.actual_amount,
        rates.error_amount,
        rates.abs_error_amount,
        rates.abs_actual_amount,
        rates.amount_wape,
        rates.amount_wape_at_level,
        rates.amount_accuracy_rate,
        rates.is_amount_floored,
        rates.amount_bias_rate,
        rates.amount_mape,
        rates.amount_mape_n,
        rates.amount_smape,
        rates.amount_mae,
        rates.amount_rmse,
        rates.amount_mase,
        rates.amount_mase_n,
        coalesce(twins.wape_with_carried, rates.wape) as wape_with_carried,
        coalesce(twins.wape_at_level_with_carried, rates.wape_at_level) as wape_at_level_with_carried,
        coalesce(twins.accuracy_rate_with_carried, rates.accuracy_rate) as accuracy_rate_with_carried,
        coalesce(twins.is_floored_with_carried, rates.is_floored) as is_floored_with_carried,
        coalesce(twins.bias_rate_with_carried, rates.bias_rate) as bias_rate_with_carried,
        coalesce(twins.mape_with_carried, rates.mape) as mape_with_carried,
        coalesce(twins.mape_n_with_carried, rates.mape_n) as mape_n_with_carried,
        coalesce(twins.smape_with_carried, rates.smape) as smape_with_carried,
        coalesce(twins.mase_with_carried, rates.mase) as mase_with_carried,
        coalesce(twins.amount_wape_with_carried, rates.amount_wape) as amount_wape_with_carried,
        coalesce(twins.amount_wape_at_level_with_carried, rates.amount_wape_at_level) as amount_wape_at_level_with_carried,
        coalesce(twins.amount_accuracy_rate_with_carried, rates.amount_accuracy_rate) as amount_accuracy_rate_with_carried,
        coalesce(twins.is_amount_floored_with_carried, rates.is_amount_floored) as is_amount_floored_with_carried,
        coalesce(twins.amount_bias_rate_with_carried, rates.amount_bias_rate) as amount_bias_rate_with_carried,
        coalesce(twins.amount_mape_with_carried, rates.amount_mape) as amount_mape_with_carried,
        coalesce(twins.amount_mape_n_with_carried, rates.amount_mape_n) as amount_mape_n_with_carried,
        coalesce(twins.amount_smape_with_carried, rates.amount_smape) as amount_smape_with_carried,
        coalesce(twins.amount_mase_with_carried, rates.amount_mase) as amount_mase_with_carried,
        coalesce(twins.wape_missing_as_zero, rates.wape) as wape_missing_as_zero,
        coalesce(twins.wape_at_level_missing_as_zero, rates.wape_at_level) as wape_at_level_missing_as_zero,
        coalesce(twins.accuracy_rate_missing_as_zero, rates.accuracy_rate) as accuracy_rate_missing_as_zero,
        coalesce(twins.is_floored_missing_as_zero, rates.is_floored) as is_floored_missing_as_zero,
        coalesce(twins.bias_rate_missing_as_zero, rates.bias_rate) as bias_rate_missing_as_zero,
        coalesce(twins.mape_missing_as_zero, rates.mape) as mape_missing_as_zero,
        coalesce(twins.mape_n_missing_as_zero, rates.mape_n) as mape_n_missing_as_zero,
        coalesce(twins.smape_missing_as_zero, rates.smape) as smape_missing_as_zero,
        coalesce(twins.mase_missing_as_zero, rates.mase) as mase_missing_as_zero,
        coalesce(twins.amount_wape_missing_as_zero, rates.amount_wape) as amount_wape_missing_as_zero,
        coalesce(twins.amount_wape_at_level_missing_as_zero, rates.amount_wape_at_level) as amount_wape_at_level_missing_as_zero,
        coalesce(twins.amount_accuracy_rate_missing_as_zero, rates.amount_accuracy_rate) as amount_accuracy_rate_missing_as_zero,
        coalesce(twins.is_amount_floored_missing_as_zero, rates.is_amount_floored) as is_amount_floored_missing_as_zero,
        coalesce(twins.amount_bias_rate_missing_as_zero, rates.amount_bias_rate) as amount_bias_rate_missing_as_zero,
        coalesce(twins.amount_mape_missing_as_zero, rates.amount_mape) as amount_mape_missing_as_zero,
        coalesce(twins.amount_mape_n_missing_as_zero, rates.amount_mape_n) as amount_mape_n_missing_as_zero,
        coalesce(twins.amount_smape_missing_as_zero, rates.amount_smape) as amount_smape_missing_as_zero,
        coalesce(twins.amount_mase_missing_as_zero, rates.amount_mase) as amount_mase_missing_as_zero
    from rates
    left join twins
        on
            rates.level = twins.level and rates.level_id = twins.level_id
            and rates.forecast_type = twins.forecast_type and rates.lag = twins.lag
            and rates.period_kind = twins.period_kind and rates.period_start = twins.period_start
            and rates.window_periods = twins.window_periods
)

select * from projected
