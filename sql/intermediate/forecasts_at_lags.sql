-- One row per forecast type, what it is broken down by, period and lag with a forecast: what was forecast then.
with

forecasts as (
    select * from intermediate.approved_forecasts
),

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

candidates as (
    select
        forecasts.*,
        bucket_parts.period_kind,
        bucket_parts.period_index,
        bucket_parts.weight_before,
        bucket_parts.weight_through,
        bucket_parts.weight_of_all,
        bucket_parts.is_split,
        lag_snapshots.lag,
        lag_snapshots.used_lag,
        forecasts.approved_and_known_date <= lag_snapshots.cutoff_date as is_in_time
    from forecasts
    inner join bucket_parts
        on
            forecasts.bucket_start = bucket_parts.bucket_start
            and forecasts.bucket_end = bucket_parts.bucket_end
            and forecasts.calendar_id = bucket_parts.calendar_id
    inner join days
        on
            forecasts.snapshot_date = days.date
            and bucket_parts.period_kind = days.period_kind
    inner join lag_snapshots
        on
            bucket_parts.period_kind = lag_snapshots.period_kind
            and bucket_parts.period_index = lag_snapshots.period_index
            and bucket_parts.period_index - days.period_index = lag_snapshots.used_lag
),

-- The last that came in time; where none did, the last that came late. What is of an earlier period and late is neither.
ranked as (
    select
        *,
        rank() over (
            partition by
                forecast_type, named_product_id, named_family, named_location_id, named_customer_group, salesperson_id,
                bucket_start, bucket_end, period_kind, period_index, lag
            order by is_in_time desc, snapshot_date desc, version desc, known_at desc
        ) as place,
        bool_or(not is_in_time) over (
            partition by
                forecast_type, named_product_id, named_family, named_location_id, named_customer_group, salesperson_id,
                bucket_start, bucket_end, period_kind, period_index, lag
        ) as has_late_forecast
    from candidates
    where is_in_time or used_lag = lag
),

-- Parts are rounded as running totals, so that those of a bucket add up to it.
chosen as (
    select
        *,
        case when not is_in_time then 3 when used_lag > lag then 2 else 1 end as status_rank,
        round(quantity * weight_through / weight_of_all, 4) - round(quantity * weight_before / weight_of_all, 4)
            as part_quantity
    from ranked
    where place = 1
),

-- A sum is as good as its worst part.
summed as (
    select
        forecast_type,
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        period_kind,
        period_index,
        lag,
        cast(sum(part_quantity) as decimal(18, 4)) as forecast_quantity,
        min(snapshot_date) as snapshot_date,
        max(used_lag) as used_lag,
        case max(status_rank) when 1 then 'present' when 2 then 'carried' else 'late' end as forecast_status,
        bool_or(has_late_forecast) as has_late_forecast,
        bool_or(is_split) as is_split
    from chosen
    group by
        forecast_type, grain, product_id, product_family, location_id, customer_group, period_kind, period_index, lag
)

select * from summed
