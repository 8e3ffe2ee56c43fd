-- One row per forecast type, product, family, location, snapshot and period: what the snapshot says of the period.
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

-- What was made, approved or known after `$as_of` has not happened.
known as (
    select *
    from forecasts
    where
        snapshot_date <= $as_of
        and approved_and_known_date <= $as_of
),

-- Of several versions of one day the last counts, also where its bucket ends on another day.
last_versions as (
    select
        key_id,
        snapshot_date,
        bucket_start,
        max(snapshot_number) as snapshot_number
    from known
    group by key_id, snapshot_date, bucket_start
),

-- Parts are rounded as running totals, so that those of a bucket add up to it.
parts as (
    select
        known.key_id,
        known.snapshot_date,
        known.snapshot_number,
        bucket_parts.period_kind,
        bucket_parts.period_index,
        bucket_parts.is_split,
        round(known.quantity * bucket_parts.weight_through / bucket_parts.weight_of_all, 4)
        - round(known.quantity * bucket_parts.weight_before / bucket_parts.weight_of_all, 4) as quantity
    from known
    inner join last_versions
        on
            known.key_id = last_versions.key_id
            and known.snapshot_date = last_versions.snapshot_date
            and known.bucket_start = last_versions.bucket_start
            and known.snapshot_number = last_versions.snapshot_number
    inner join bucket_parts
        on
            known.bucket_start = bucket_parts.bucket_start
            and known.bucket_end = bucket_parts.bucket_end
            and known.calendar_id = bucket_parts.calendar_id
),

summed as (
    select
        forecast_keys.forecast_type,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id,
        parts.snapshot_date,
        parts.period_kind,
        parts.period_index,
        max(parts.snapshot_number) as snapshot_number,
        count(*) as n_parts,
        bool_or(parts.is_split) as is_split,
        cast(sum(parts.quantity) as decimal(18, 4)) as quantity
    from parts
    inner join forecast_keys on parts.key_id = forecast_keys.key_id
    group by
        forecast_keys.forecast_type,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id,
        parts.snapshot_date,
        parts.period_kind,
        parts.period_index
)

select * from summed
