-- One row per forecast type, series of actuals, period and lag for which there is a forecast: what was forecast then.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

lag_buckets as (
    select * from intermediate.forecast_lag_buckets
),

key_grains as (
    select * from intermediate.forecast_key_grains
),

series as (
    select * from intermediate.accuracy_series
),

candidates as (
    select
        forecasts.key_id,
        forecasts.snapshot_date,
        forecasts.snapshot_number,
        forecasts.quantity,
        forecasts.p10, forecasts.p50, forecasts.p90,
        forecasts.approved_and_known_date <= lag_buckets.cutoff_date as is_in_time,
        lag_buckets.slot_id,
        lag_buckets.period_kind,
        lag_buckets.period_index,
        lag_buckets.weight_before, lag_buckets.weight_through, lag_buckets.weight_of_all,
        lag_buckets.is_split,
        lag_buckets.lag,
        lag_buckets.used_lag
    from forecasts
    inner join lag_buckets
        on
            forecasts.bucket_start = lag_buckets.bucket_start
            and forecasts.bucket_end = lag_buckets.bucket_end
            and forecasts.calendar_id = lag_buckets.calendar_id
            and forecasts.snapshot_date = lag_buckets.snapshot_date
),

-- What is of an earlier period than the lag's and came late is no forecast of that lag.
counted as (
    select *
    from candidates
    where is_in_time or used_lag = lag
),

-- The last that came in time; where none did, the last that came late.
last_snapshots as (
    select
        key_id,
        slot_id,
        coalesce(max(snapshot_number) filter (where is_in_time), max(snapshot_number)) as snapshot_number,
        not bool_and(is_in_time) as has_late_forecast
    from counted
    group by key_id, slot_id
),

-- Parts are rounded as running totals, so that those of a bucket add up to it.
chosen as (
    select
        counted.*,
        last_snapshots.has_late_forecast,
        case when not counted.is_in_time then 3 when counted.used_lag > counted.lag then 2 else 1 end as status_rank,
        round(counted.quantity * counted.weight_through / counted.weight_of_all, 4)
        - round(counted.quantity * counted.weight_before / counted.weight_of_all, 4) as part_quantity
    from counted
    inner join last_snapshots
        on
            counted.key_id = last_snapshots.key_id
            and counted.slot_id = last_snapshots.slot_id
            and counted.snapshot_number = last_snapshots.snapshot_number
),

key_series as (
    select
        key_grains.key_id,
        key_grains.forecast_type,
        series.period_kind,
        series.series_id
    from key_grains
    inner join series
        on
            key_grains.grain = series.grain
            and key_grains.product_id = series.product_id
            and key_grains.product_family = series.product_family
            and key_grains.location_id = series.location_id
            and key_grains.customer_group = series.customer_group
            and key_grains.salesperson_id = series.salesperson_id
),

-- A sum is as good as its worst part. Quantiles add up to no quantile, nor is a part of one a quantile of the part.
summed as (
    select
        key_series.forecast_type,
        key_series.series_id,
        chosen.period_index,
        chosen.lag,
        cast(sum(chosen.part_quantity) as decimal(18, 4)) as forecast_quantity,
        min(chosen.snapshot_date) as snapshot_date,
        max(chosen.used_lag) as used_lag,
        case max(chosen.status_rank) when 1 then 'present' when 2 then 'carried' else 'late' end as forecast_status,
        bool_or(chosen.has_late_forecast) as has_late_forecast,
        bool_or(chosen.is_split) as is_split,
        case when count(*) = 1 and not bool_or(chosen.is_split) then max(chosen.p10) end as p10_quantity,
        case when count(*) = 1 and not bool_or(chosen.is_split) then max(chosen.p50) end as p50_quantity,
        case when count(*) = 1 and not bool_or(chosen.is_split) then max(chosen.p90) end as p90_quantity
    from chosen
    inner join key_series
        on
            chosen.key_id = key_series.key_id
            and chosen.period_kind = key_series.period_kind
    group by key_series.forecast_type, key_series.series_id, chosen.period_index, chosen.lag
)

select * from summed
