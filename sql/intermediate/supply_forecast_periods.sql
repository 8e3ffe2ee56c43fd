-- One row per product, location that is forecast or `(all)`, kind of period and open period: what is forecast.
with

forecasts as (
    select * from intermediate.supply_forecasts
),

parts as (
    select * from intermediate.supply_forecast_parts
),

-- Parts are rounded as running totals, so that those of a forecast add up to it.
summed as (
    select
        forecasts.product_id,
        forecasts.location_id,
        parts.period_kind,
        parts.period_index,
        cast(
            sum(
                round(forecasts.quantity * parts.weight_through / parts.weight_of_all, 4)
                - round(forecasts.quantity * parts.weight_before / parts.weight_of_all, 4)
            )
            as decimal(18, 4)
        ) as forecast_quantity
    from forecasts
    inner join parts
        on
            forecasts.bucket_start = parts.bucket_start
            and forecasts.bucket_end = parts.bucket_end
            and forecasts.calendar_id = parts.calendar_id
    group by forecasts.product_id, forecasts.location_id, parts.period_kind, parts.period_index
)

select * from summed
