-- One row per forecast type, what it is broken down by and kind of period: the first and the last period that it forecasts.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

forecast_keys as (
    select * from intermediate.forecast_keys
),

bucket_parts as (
    select * from intermediate.forecast_bucket_parts
),

buckets as (
    select distinct
        key_id,
        calendar_id,
        bucket_start,
        bucket_end
    from forecasts
),

spans as (
    select
        forecast_keys.forecast_type,
        forecast_keys.grain,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id,
        forecast_keys.customer_group,
        bucket_parts.period_kind,
        min(bucket_parts.period_index) as first_target_index,
        max(bucket_parts.period_index) as last_target_index
    from buckets
    inner join bucket_parts
        on
            buckets.bucket_start = bucket_parts.bucket_start
            and buckets.bucket_end = bucket_parts.bucket_end
            and buckets.calendar_id = bucket_parts.calendar_id
    inner join forecast_keys on buckets.key_id = forecast_keys.key_id
    group by
        forecast_keys.forecast_type,
        forecast_keys.grain,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id,
        forecast_keys.customer_group,
        bucket_parts.period_kind
)

select * from spans
