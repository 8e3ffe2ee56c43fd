-- One row per forecast type, lag, what the type is broken down by, and period: the forecast of that lag and the actual.
with

forecast_accuracy_rows as (
    select * from intermediate.forecast_accuracy_rows
),

-- The settings that decide which forecast is that of a lag stand beside it.
with_settings as (
    select
        *,
        cast($forecast_cutoff_days as bigint) as forecast_cutoff_days,
        cast($carry_periods as bigint) as carry_periods,
        $reporting_currency as currency
    from forecast_accuracy_rows
)

select * from with_settings
