-- One row per level, its member, forecast type, lag, basis, and window of one or more periods: the rates over it.
with

windows as (
    select * from intermediate.forecast_accuracy_windows
),

members as (
    select * from intermediate.forecast_accuracy_members
),

-- Quantities in several units, or of a product without a path to its planning unit, are no quantity together.
with_members as (
    select
        windows.*,
        members.product_id,
        members.product_family,
        members.category,
        members.location_id,
        members.market_region,
        windows.level = 'product' or (windows.n_no_path = 0 and windows.first_unit = windows.last_unit) as is_addable
    from windows
    inner join members on windows.level = members.level and windows.level_id = members.level_id
),

-- What is divided by nothing is NULL.
with_divisors as (
    select
        *,
        case when is_addable then nullif(abs_actual_quantity, 0) end as actual_divisor,
        case when is_addable then nullif(n_quantity_periods, 0) end as period_divisor,
        case when is_addable then nullif(scale_quantity, 0) end as scale_divisor
    from with_members
),

rated as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        basis,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        window_periods,
        window_start,
        n_window_periods,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        n_periods,
        n_present,
        n_carried,
        n_late,
        n_missing,
        n_zero_actual,
        n_without_quantity,
        n_without_amount,
        case when is_addable then first_unit end as quantity_unit,
        not is_addable as has_mixed_units,
        case when is_addable then forecast_quantity end as forecast_quantity,
        case when is_addable then actual_quantity end as actual_quantity,
        case when is_addable then forecast_quantity - actual_quantity end as error_quantity,
        case when is_addable then abs_error_quantity end as abs_error_quantity,
        case when is_addable then abs_actual_quantity end as abs_actual_quantity,
        cast(abs_error_quantity as double) / actual_divisor as wape,
        cast(own_error_quantity as double) / actual_divisor as wape_at_level,
        cast(greatest(abs_actual_quantity - abs_error_quantity, 0) as double) / actual_divisor as accuracy_rate,
        abs_error_quantity > actual_divisor as is_floored,
        cast(forecast_quantity - actual_quantity as double) / actual_divisor as bias_rate,
        cast(ape as double) / nullif(mape_n, 0) as mape,
        mape_n,
        cast(smape_term as double) / nullif(n_quantity, 0) as smape,
        cast(own_error_quantity as double) / period_divisor as mae,
        sqrt(cast(own_squared_error_quantity as double) / period_divisor) as rmse,
        cast(scaled_error_quantity as double) / scale_divisor as mase,
        mase_n,
        forecast_amount,
        actual_amount,
        forecast_amount - actual_amount as error_amount,
        abs_error_amount,
        abs_actual_amount,
        cast(abs_error_amount as double) / nullif(abs_actual_amount, 0) as amount_wape,
        cast(own_error_amount as double) / nullif(abs_actual_amount, 0) as amount_wape_at_level,
        cast(greatest(abs_actual_amount - abs_error_amount, 0) as double) / nullif(abs_actual_amount, 0) as amount_accuracy_rate,
        abs_error_amount > nullif(abs_actual_amount, 0) as is_amount_floored,
        cast(forecast_amount - actual_amount as double) / nullif(abs_actual_amount, 0) as amount_bias_rate,
        cast(amount_ape as double) / nullif(amount_mape_n, 0) as amount_mape,
        amount_mape_n,
        cast(amount_smape_term as double) / nullif(n_amount, 0) as amount_smape,
        cast(own_error_amount as double) / nullif(n_amount_periods, 0) as amount_mae,
        sqrt(cast(own_squared_error_amount as double) / nullif(n_amount_periods, 0)) as amount_rmse,
        cast(scaled_error_amount as double) / nullif(scale_amount, 0) as amount_mase,
        amount_mase_n
    from with_divisors
)

select * from rated
