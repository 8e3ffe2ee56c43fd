-- One row per level, its member, forecast type, lag and window in which a basis counts more than what is present.
with

rates as (
    select * from intermediate.forecast_accuracy_rates
),

-- A row has one rate for each basis, so that the greatest is that one.
twins as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        period_start,
        window_periods,
        max(wape) filter (where basis = 'with_carried') as wape_with_carried,
        max(wape_at_level) filter (where basis = 'with_carried') as wape_at_level_with_carried,
        max(accuracy_rate) filter (where basis = 'with_carried') as accuracy_rate_with_carried,
        bool_or(is_floored) filter (where basis = 'with_carried') as is_floored_with_carried,
        max(bias_rate) filter (where basis = 'with_carried') as bias_rate_with_carried,
        max(mape) filter (where basis = 'with_carried') as mape_with_carried,
        max(mape_n) filter (where basis = 'with_carried') as mape_n_with_carried,
        max(smape) filter (where basis = 'with_carried') as smape_with_carried,
        max(mase) filter (where basis = 'with_carried') as mase_with_carried,
        max(amount_wape) filter (where basis = 'with_carried') as amount_wape_with_carried,
        max(amount_wape_at_level) filter (where basis = 'with_carried') as amount_wape_at_level_with_carried,
        max(amount_accuracy_rate) filter (where basis = 'with_carried') as amount_accuracy_rate_with_carried,
        bool_or(is_amount_floored) filter (where basis = 'with_carried') as is_amount_floored_with_carried,
        max(amount_bias_rate) filter (where basis = 'with_carried') as amount_bias_rate_with_carried,
        max(amount_mape) filter (where basis = 'with_carried') as amount_mape_with_carried,
        max(amount_mape_n) filter (where basis = 'with_carried') as amount_mape_n_with_carried,
        max(amount_smape) filter (where basis = 'with_carried') as amount_smape_with_carried,
        max(amount_mase) filter (where basis = 'with_carried') as amount_mase_with_carried,
        max(wape) filter (where basis = 'missing_as_zero') as wape_missing_as_zero,
        max(wape_at_level) filter (where basis = 'missing_as_zero') as wape_at_level_missing_as_zero,
        max(accuracy_rate) filter (where basis = 'missing_as_zero') as accuracy_rate_missing_as_zero,
        bool_or(is_floored) filter (where basis = 'missing_as_zero') as is_floored_missing_as_zero,
        max(bias_rate) filter (where basis = 'missing_as_zero') as bias_rate_missing_as_zero,
        max(mape) filter (where basis = 'missing_as_zero') as mape_missing_as_zero,
        max(mape_n) filter (where basis = 'missing_as_zero') as mape_n_missing_as_zero,
        max(smape) filter (where basis = 'missing_as_zero') as smape_missing_as_zero,
        max(mase) filter (where basis = 'missing_as_zero') as mase_missing_as_zero,
        max(amount_wape) filter (where basis = 'missing_as_zero') as amount_wape_missing_as_zero,
        max(amount_wape_at_level) filter (where basis = 'missing_as_zero') as amount_wape_at_level_missing_as_zero,
        max(amount_accuracy_rate) filter (where basis = 'missing_as_zero') as amount_accuracy_rate_missing_as_zero,
        bool_or(is_amount_floored) filter (where basis = 'missing_as_zero') as is_amount_floored_missing_as_zero,
        max(amount_bias_rate) filter (where basis = 'missing_as_zero') as amount_bias_rate_missing_as_zero,
        max(amount_mape) filter (where basis = 'missing_as_zero') as amount_mape_missing_as_zero,
        max(amount_mape_n) filter (where basis = 'missing_as_zero') as amount_mape_n_missing_as_zero,
        max(amount_smape) filter (where basis = 'missing_as_zero') as amount_smape_missing_as_zero,
        max(amount_mase) filter (where basis = 'missing_as_zero') as amount_mase_missing_as_zero
    from rates
    where basis <> 'present'
    group by level, level_id, forecast_type, lag, period_kind, period_start, window_periods
)

select * from twins
