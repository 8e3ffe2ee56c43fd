-- One row per forecast type, what it is broken down by and kind of period: the first and the last period that it forecasts.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

key_grains as (
    select * from intermediate.forecast_key_grains
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
        key_grains.forecast_type,
        key_grains.grain,
        key_grains.product_id,
        key_grains.product_family,
        key_grains.location_id,
        key_grains.customer_group,
        key_grains.salesperson_id,
        bucket_parts.period_kind,
        min(bucket_parts.period_index) as first_target_index,
        max(bucket_parts.period_index) as last_target_index
    from buckets
    inner join bucket_parts
        on
            buckets.bucket_start = bucket_parts.bucket_start
            and buckets.bucket_end = bucket_parts.bucket_end
            and buckets.calendar_id = bucket_parts.calendar_id
    inner join key_grains on buckets.key_id = key_grains.key_id
    group by
        key_grains.forecast_type,
        key_grains.grain,
        key_grains.product_id,
        key_grains.product_family,
        key_grains.location_id,
        key_grains.customer_group,
        key_grains.salesperson_id,
        bucket_parts.period_kind
)

select * from spans
