-- Every forecast that counts and of which another one of the same key covers days once more, as where a plan by months is
-- followed by one by weeks: both are in the figures of those days.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

forecast_keys as (
    select * from intermediate.forecast_keys
),

periods as (
    select min(period_start) as first_date from intermediate.alignment_periods
),

known as (
    select
        forecasts.*,
        forecast_keys.forecast_type,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id
    from forecasts
    inner join forecast_keys on forecasts.key_id = forecast_keys.key_id
    cross join periods
    where
        forecast_keys.forecast_type in ('sales', 'marketing', 'consensus', 'statistical')
        and forecasts.bucket_end > periods.first_date
        and forecasts.snapshot_date <= $as_of
        and forecasts.approved_and_known_date <= $as_of
),

last_snapshots as (
    select
        key_id,
        bucket_start,
        max(snapshot_number) as snapshot_number
    from known
    group by key_id, bucket_start
),

counted as (
    select known.*
    from known
    inner join last_snapshots
        on
            known.key_id = last_snapshots.key_id
            and known.bucket_start = last_snapshots.bucket_start
            and known.snapshot_number = last_snapshots.snapshot_number
),

followed as (
    select
        forecast_type,
        product_id,
        product_family,
        location_id,
        bucket_start,
        bucket_end,
        snapshot_date,
        quantity,
        lead(bucket_start) over (partition by key_id order by bucket_start asc) as next_bucket_start,
        lead(snapshot_date) over (partition by key_id order by bucket_start asc) as next_snapshot_date
    from counted
),

overlapping as (
    select * from followed
    where bucket_end > next_bucket_start
)

select * from overlapping
