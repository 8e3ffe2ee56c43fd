-- One row per series of rates, basis, period, and window of one or more periods that ends in it: the rates over it.
with

windows as (
    select * from intermediate.forecast_accuracy_sums
    union all by name
    select * from intermediate.forecast_accuracy_windows
),

-- A window in which nothing was carried or nothing is missing has the rates of what is present.
telling as (
    select
        *,
        n_mixed_periods = 0 and quantity_unit is not null and has_one_unit as is_addable
    from windows
    where
        basis = 'present'
        or (basis = 'with_carried' and n_carried > 0)
        or (basis = 'missing_as_zero' and n_missing > 0)
),

-- A window of several periods ends in one that is over. What is divided by nothing is NULL.
with_divisors as (
    select
        *,
        case when is_addable then nullif(abs_actual_quantity, 0) end as quantity_actual_divisor,
        case when is_addable then nullif(n_quantity_periods, 0) end as quantity_period_divisor,
        case when is_addable then nullif(scale_quantity, 0) end as quantity_scale_divisor,
        case when is_addable then nullif(squared_scale_quantity, 0) end as quantity_squared_scale_divisor,
        case when is_addable then nullif(n_with_quantiles, 0) end as quantile_divisor,
        nullif(abs_actual_amount, 0) as amount_actual_divisor,
        nullif(n_amount_periods, 0) as amount_period_divisor,
        nullif(scale_amount, 0) as amount_scale_divisor,
        nullif(squared_scale_amount, 0) as amount_squared_scale_divisor
    from telling
),

rated as (
    select
        series_number,
        basis,
        period_index,
        window_periods,
        period_start,
        period_end,
        coalesce(is_period_complete, true) as is_period_complete,
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
        sqrt(cast(scaled_squared_error_quantity as double) / quantity_squared_scale_divisor) as rmsse,
        cast(weighted_scaled_error as double) / nullif(weight_amount, 0) as wrmsse,
        wrmsse_n,
        n_with_quantiles,
        cast(p10_loss as double) / quantile_divisor as p10_loss,
        cast(p50_loss as double) / quantile_divisor as p50_loss,
        cast(p90_loss as double) / quantile_divisor as p90_loss,
        cast(n_in_interval as double) / nullif(n_with_quantiles, 0) as interval_coverage_rate,
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
        amount_mase_n,
        sqrt(cast(scaled_squared_error_amount as double) / amount_squared_scale_divisor) as amount_rmsse
    from with_divisors
)

select * from rated
