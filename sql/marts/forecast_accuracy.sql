-- One row per forecast type, lag, what the type is broken down by, and period: the forecast of that lag and the actual.
with

forecast_accuracy_rows as (
    select * from intermediate.forecast_accuracy_rows
),

-- The settings that decide which forecast is that of a lag stand beside it. Rows by salesperson are of another mart.
with_settings as (
    select
        forecast_type,
        lag,
        product_id,
        product_family,
        location_id,
        customer_group,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        grain,
        forecast_status,
        snapshot_date,
        used_lag,
        has_late_forecast,
        is_split,
        cutoff_date,
        actual_quantity,
        forecast_quantity,
        p10_quantity,
        p50_quantity,
        p90_quantity,
        error_quantity,
        abs_error_quantity,
        squared_error,
        ape,
        smape_term,
        scale_mae,
        scale_mse,
        scale_period_count,
        quantity_unit,
        planning_unit,
        has_mixed_units,
        actual_amount,
        forecast_amount,
        error_amount,
        abs_error_amount,
        scale_mae_amount,
        scale_mse_amount,
        past_year_amount,
        has_no_plan_price,
        cast($forecast_cutoff_days as bigint) as forecast_cutoff_days,
        cast($carry_periods as bigint) as carry_periods,
        $reporting_currency as currency
    from forecast_accuracy_rows
    where salesperson_id is null
)

select * from with_settings
