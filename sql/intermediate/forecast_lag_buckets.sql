-- One row per bucket of time that is forecast, calendar, period, lag, and day on which a snapshot can be of that lag.
with

bucket_parts as (
    select * from intermediate.forecast_bucket_parts
),

days as (
    select * from intermediate.forecast_period_days
),

lag_periods as (
    select * from intermediate.forecast_lag_periods
),

-- The snapshots that a lag looks at: those of its own period, and of the few before it.
lag_snapshots as (
    select
        period_kind,
        period_index,
        lag,
        cutoff_date,
        unnest(range(lag, lag + $carry_periods + 1)) as used_lag
    from lag_periods
),

dated as (
    select
        bucket_parts.bucket_start,
        bucket_parts.bucket_end,
        bucket_parts.calendar_id,
        bucket_parts.period_kind,
        bucket_parts.period_index,
        bucket_parts.weight_before,
        bucket_parts.weight_through,
        bucket_parts.weight_of_all,
        bucket_parts.is_split,
        lag_snapshots.lag,
        lag_snapshots.used_lag,
        lag_snapshots.cutoff_date,
        days.date as snapshot_date
    from bucket_parts
    inner join lag_snapshots
        on
            bucket_parts.period_kind = lag_snapshots.period_kind
            and bucket_parts.period_index = lag_snapshots.period_index
    inner join days
        on
            lag_snapshots.period_kind = days.period_kind
            and lag_snapshots.period_index - lag_snapshots.used_lag = days.period_index
),

-- Of the snapshots of one slot only the last counts, also where its bucket ends on another day.
numbered as (
    select
        dense_rank() over (order by period_kind asc, bucket_start asc, period_index asc, lag asc) as slot_id,
        *
    from dated
)

select * from numbered
