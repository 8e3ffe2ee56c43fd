-- One row per forecast type, what it is broken down by and kind of period: the first and the last period that it forecasts.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

bucket_parts as (
    select * from intermediate.forecast_bucket_parts
),

spans as (
    select
        forecasts.forecast_type,
        forecasts.grain,
        forecasts.product_id,
        forecasts.product_family,
        forecasts.location_id,
        forecasts.customer_group,
        bucket_parts.period_kind,
        min(bucket_parts.period_index) as first_target_index,
        max(bucket_parts.period_index) as last_target_index
    from forecasts
    inner join bucket_parts
        on
            forecasts.bucket_start = bucket_parts.bucket_start
            and forecasts.bucket_end = bucket_parts.bucket_end
            and forecasts.calendar_id = bucket_parts.calendar_id
    group by
        forecasts.forecast_type,
        forecasts.grain,
        forecasts.product_id,
        forecasts.product_family,
        forecasts.location_id,
        forecasts.customer_group,
        bucket_parts.period_kind
)

select * from spans
