-- One row per forecast type, series of actuals, period and lag for which there is a forecast: what was forecast then.
with

forecasts as (
    select * from intermediate.forecasts_at_lags
),

series as (
    select * from intermediate.accuracy_series
),

numbered as (
    select
        series.series_id,
        forecasts.forecast_type,
        forecasts.period_index,
        forecasts.lag,
        forecasts.forecast_quantity,
        forecasts.snapshot_date,
        forecasts.used_lag,
        forecasts.forecast_status,
        forecasts.has_late_forecast,
        forecasts.is_split
    from forecasts
    inner join series
        on
            forecasts.grain = series.grain
            and forecasts.product_id = series.product_id
            and forecasts.product_family = series.product_family
            and forecasts.location_id = series.location_id
            and forecasts.customer_group = series.customer_group
            and forecasts.period_kind = series.period_kind
)

select * from numbered
