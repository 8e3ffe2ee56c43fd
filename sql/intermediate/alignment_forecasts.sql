-- One row per forecast type, product, family, location and period: the last forecast that was approved by `$as_of`.
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

periods as (
    select * from intermediate.alignment_periods
),

horizon as (
    select min(period_start) as first_date from periods
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
    cross join horizon
    where
        forecast_keys.forecast_type in ('sales', 'marketing', 'consensus', 'statistical')
        and forecasts.bucket_end > horizon.first_date
        and forecasts.snapshot_date <= $as_of
        and forecasts.approved_and_known_date <= $as_of
),

-- What a later snapshot does not name is not withdrawn by it.
last_snapshots as (
    select
        key_id,
        bucket_start,
        max(snapshot_number) as snapshot_number
    from known
    group by key_id, bucket_start
),

-- Parts are rounded as running totals, so that those of a bucket add up to it.
parts as (
    select
        known.forecast_type,
        known.product_id,
        known.product_family,
        known.location_id,
        known.snapshot_date,
        bucket_parts.period_kind,
        bucket_parts.period_index,
        round(known.quantity * bucket_parts.weight_through / bucket_parts.weight_of_all, 4)
        - round(known.quantity * bucket_parts.weight_before / bucket_parts.weight_of_all, 4) as quantity
    from known
    inner join last_snapshots
        on
            known.key_id = last_snapshots.key_id
            and known.bucket_start = last_snapshots.bucket_start
            and known.snapshot_number = last_snapshots.snapshot_number
    inner join bucket_parts
        on
            known.bucket_start = bucket_parts.bucket_start
            and known.bucket_end = bucket_parts.bucket_end
            and known.calendar_id = bucket_parts.calendar_id
),

summed as (
    select
        parts.forecast_type,
        parts.product_id,
        parts.product_family,
        parts.location_id,
        periods.period_kind,
        periods.period_index,
        periods.period_start,
        max(parts.snapshot_date) as snapshot_date,
        cast(sum(parts.quantity) as decimal(18, 4)) as quantity
    from parts
    inner join periods
        on
            parts.period_kind = periods.period_kind
            and parts.period_index = periods.period_index
    group by
        parts.forecast_type,
        parts.product_id,
        parts.product_family,
        parts.location_id,
        periods.period_kind,
        periods.period_index,
        periods.period_start
)

select * from summed
