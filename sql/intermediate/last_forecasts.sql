-- One row per what is forecast of products, and bucket of time that reaches beyond `$as_of`: the last forecast approved and
-- known by then.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

forecast_keys as (
    select * from intermediate.forecast_keys
),

-- A forecast of families says nothing of products; checks name it.
keys as (
    select
        key_id,
        forecast_type,
        product_id,
        location_id
    from forecast_keys
    where
        forecast_type in ($supply_forecast_type, $excess_forecast_type)
        and named_product_id <> '(all)'
),

known as (
    select
        keys.forecast_type,
        keys.product_id,
        keys.location_id,
        forecasts.*
    from forecasts
    inner join keys on forecasts.key_id = keys.key_id
    where
        forecasts.bucket_end > $as_of + interval '1 day'
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

chosen as (
    select
        known.forecast_type,
        known.key_id,
        known.product_id,
        known.location_id,
        known.calendar_id,
        known.bucket_start,
        known.bucket_end,
        known.snapshot_date,
        known.snapshot_number,
        known.quantity
    from known
    inner join last_snapshots
        on
            known.key_id = last_snapshots.key_id
            and known.bucket_start = last_snapshots.bucket_start
            and known.snapshot_number = last_snapshots.snapshot_number
)

select * from chosen
