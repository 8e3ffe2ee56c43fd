-- One row per product and location, or `(all)`, that is forecast: demand of the horizon as it was forecast and known last.
with

forecasts as (
    select * from intermediate.approved_forecasts
    where
        snapshot_date <= $as_of
        and approved_and_known_date <= $as_of
),

forecast_keys as (
    select * from intermediate.forecast_keys
    where
        forecast_type = $excess_forecast_type
        and named_product_id <> '(all)'
),

horizon as (
    select * from intermediate.excess_horizon
),

working_days as (
    select * from intermediate.working_days
),

relevant as (
    select
        forecasts.*,
        forecast_keys.product_id,
        forecast_keys.location_id,
        horizon.horizon_start,
        horizon.horizon_end
    from forecasts
    inner join forecast_keys on forecasts.key_id = forecast_keys.key_id
    inner join horizon
        on
            forecasts.bucket_start < horizon.horizon_end
            and forecasts.bucket_end > horizon.horizon_start
),

newest as (
    select
        key_id,
        bucket_start,
        max(snapshot_number) as snapshot_number
    from relevant
    group by key_id, bucket_start
),

buckets as (
    select distinct
        bucket_start,
        bucket_end,
        calendar_id,
        horizon_start,
        horizon_end
    from relevant
),

-- Where nobody works in all of the bucket, every day counts.
counted as (
    select
        buckets.bucket_start,
        buckets.bucket_end,
        buckets.calendar_id,
        count(*) as day_count,
        count(*) filter (where working_days.date < buckets.horizon_start) as days_before,
        count(*) filter (where working_days.date < buckets.horizon_end) as days_through,
        count(*) filter (where working_days.is_working_day) as working_day_count,
        count(*) filter (
            where working_days.is_working_day and working_days.date < buckets.horizon_start
        ) as working_days_before,
        count(*) filter (
            where working_days.is_working_day and working_days.date < buckets.horizon_end
        ) as working_days_through
    from buckets
    inner join working_days
        on
            buckets.calendar_id = working_days.calendar_id
            and buckets.bucket_start <= working_days.date
            and buckets.bucket_end > working_days.date
    group by buckets.bucket_start, buckets.bucket_end, buckets.calendar_id
),

shares as (
    select
        bucket_start,
        bucket_end,
        calendar_id,
        cast(case when working_day_count > 0 then working_day_count else day_count end as decimal(9, 0)) as days,
        cast(case when working_day_count > 0 then working_days_before else days_before end as decimal(9, 0)) as before,
        cast(case when working_day_count > 0 then working_days_through else days_through end as decimal(9, 0)) as through
    from counted
),

summed as (
    select
        relevant.product_id,
        relevant.location_id,
        sum(
            round(relevant.quantity * shares.through / shares.days, 4)
            - round(relevant.quantity * shares.before / shares.days, 4)
        ) as quantity,
        min(relevant.snapshot_date) as snapshot_date,
        max(relevant.bucket_end) as forecast_end
    from relevant
    inner join newest
        on
            relevant.key_id = newest.key_id
            and relevant.bucket_start = newest.bucket_start
            and relevant.snapshot_number = newest.snapshot_number
    inner join shares
        on
            relevant.bucket_start = shares.bucket_start
            and relevant.bucket_end = shares.bucket_end
            and relevant.calendar_id = shares.calendar_id
    group by relevant.product_id, relevant.location_id
)

select * from summed
