-- One row per series of actuals, period and lag: the actual, and what could be known of earlier ones at that lag.
with

series as (
    select * from intermediate.accuracy_series
),

actuals as (
    select * from intermediate.accuracy_actuals
),

scales as (
    select * from intermediate.accuracy_scales
),

lag_periods as (
    select * from intermediate.forecast_lag_periods
),

-- Nothing is known of what was before the first demand.
known_actuals as (
    select
        actuals.series_id,
        actuals.period_index,
        actuals.actual_quantity
    from actuals
    inner join series on actuals.series_id = series.series_id
    where actuals.period_index >= series.first_demand_index
),

looked_back as (
    select
        series.series_id,
        lag_periods.lag,
        lag_periods.period_index,
        lag_periods.period_start,
        lag_periods.period_end,
        lag_periods.cutoff_date,
        actuals.actual_quantity,
        actuals.has_mixed_units,
        actuals.actual_amount,
        actuals.price_amount,
        last_actuals.actual_quantity as naive_quantity,
        seasonal_actuals.actual_quantity as seasonal_naive_quantity,
        coalesce(scales.sample_period_count, 0) as scale_period_count,
        scales.scale_mae,
        scales.scale_mse,
        scales.scale_mae_amount,
        scales.scale_mse_amount,
        scales.past_year_amount
    from actuals
    inner join series on actuals.series_id = series.series_id
    inner join lag_periods
        on
            series.period_kind = lag_periods.period_kind
            and actuals.period_index = lag_periods.period_index
    left join known_actuals as last_actuals
        on
            actuals.series_id = last_actuals.series_id
            and lag_periods.last_actual_index = last_actuals.period_index
    left join known_actuals as seasonal_actuals
        on
            actuals.series_id = seasonal_actuals.series_id
            and lag_periods.seasonal_index = seasonal_actuals.period_index
    left join scales
        on
            actuals.series_id = scales.series_id
            and lag_periods.last_actual_index = scales.period_index
)

select * from looked_back
