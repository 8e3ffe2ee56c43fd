-- One row per forecast type, lag, what the type is broken down by, and period: the forecast of that lag and the actual.
with

bases as (
    select * from intermediate.accuracy_bases
),

series as (
    select * from intermediate.accuracy_series
),

series_by_type as (
    select * from intermediate.accuracy_series_by_type
),

forecasts as (
    select * from intermediate.forecasts_at_lags
),

compared as (
    select
        series_by_type.forecast_type,
        bases.*,
        case series_by_type.forecast_type
            when 'naive' then bases.naive_quantity
            when 'seasonal_naive' then bases.seasonal_naive_quantity
            else forecasts.forecast_quantity
        end as forecast_quantity,
        forecasts.forecast_status,
        forecasts.snapshot_date,
        forecasts.used_lag,
        coalesce(forecasts.has_late_forecast, false) as has_late_forecast,
        coalesce(forecasts.is_split, false) as is_split,
        forecasts.p10_quantity, forecasts.p50_quantity, forecasts.p90_quantity
    from bases
    inner join series_by_type
        on
            bases.series_id = series_by_type.series_id
            and bases.period_index between series_by_type.first_index and series_by_type.last_index
    left join forecasts
        on
            series_by_type.forecast_type = forecasts.forecast_type
            and bases.series_id = forecasts.series_id
            and bases.period_index = forecasts.period_index
            and bases.lag = forecasts.lag
),

-- Nothing is worth nothing at any price. What is computed of actuals is there, or it is missing.
valued as (
    select
        *,
        case
            when forecast_quantity = 0 then 0
            else cast(round(forecast_quantity * price_amount, 4) as decimal(18, 4))
        end as forecast_amount,
        case when forecast_quantity is null then 'missing' else 'present' end as plain_status,
        case when forecast_quantity is not null then lag end as plain_lag,
        cast(forecast_quantity - actual_quantity as decimal(18, 4)) as error_quantity
    from compared
),

projected as (
    select
        valued.forecast_type,
        valued.lag,
        series.product_id,
        series.product_family,
        series.location_id,
        series.customer_group,
        nullif(series.salesperson_id, '(all)') as salesperson_id,
        series.period_kind,
        valued.period_start,
        valued.period_end,
        valued.period_end <= $as_of + interval '1 day' as is_period_complete,
        series.grain,
        coalesce(valued.forecast_status, valued.plain_status) as forecast_status,
        valued.snapshot_date,
        coalesce(valued.used_lag, valued.plain_lag) as used_lag,
        valued.has_late_forecast,
        valued.is_split,
        valued.cutoff_date,
        valued.actual_quantity,
        valued.forecast_quantity,
        valued.p10_quantity, valued.p50_quantity, valued.p90_quantity,
        valued.error_quantity,
        abs(valued.error_quantity) as abs_error_quantity,
        cast(valued.error_quantity * valued.error_quantity as decimal(28, 8)) as squared_error,
        cast(
            cast(abs(valued.error_quantity) as decimal(28, 12)) / nullif(abs(valued.actual_quantity), 0) as decimal(28, 12)
        ) as ape,
        case
            when valued.forecast_quantity = 0 and valued.actual_quantity = 0 then 0
            else
                cast(
                    cast(abs(valued.error_quantity) as decimal(28, 12))
                    / (abs(valued.forecast_quantity) + abs(valued.actual_quantity)) as decimal(28, 12)
                )
        end as smape_term,
        valued.scale_mae,
        valued.scale_mse,
        valued.scale_period_count,
        series.quantity_unit,
        series.planning_unit,
        valued.has_mixed_units,
        valued.actual_amount,
        valued.forecast_amount,
        cast(valued.forecast_amount - valued.actual_amount as decimal(18, 4)) as error_amount,
        cast(abs(valued.forecast_amount - valued.actual_amount) as decimal(18, 4)) as abs_error_amount,
        valued.scale_mae_amount,
        valued.scale_mse_amount,
        valued.past_year_amount,
        (
            valued.actual_amount is null and (valued.actual_quantity is not null or valued.has_mixed_units)
            or valued.forecast_amount is null and valued.forecast_quantity is not null
        ) as has_no_plan_price
    from valued
    inner join series on valued.series_id = series.series_id
)

select * from projected
