-- One row per product and location, or `(all)`, that is forecast: demand of the horizon as it was forecast and known last.
with

last_forecasts as (
    select * from intermediate.last_forecasts
    where forecast_type = $excess_forecast_type
),

horizon as (
    select * from intermediate.excess_horizon
),

working_days as (
    select * from intermediate.working_days
),

relevant as (
    select
        last_forecasts.*,
        horizon.horizon_start,
        horizon.horizon_end
    from last_forecasts
    inner join horizon
        on
            last_forecasts.bucket_start < horizon.horizon_end
            and last_forecasts.bucket_end > horizon.horizon_start
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
    inner join shares
        on
            relevant.bucket_start = shares.bucket_start
            and relevant.bucket_end = shares.bucket_end
            and relevant.calendar_id = shares.calendar_id
    group by relevant.product_id, relevant.location_id
)

select * from summed
