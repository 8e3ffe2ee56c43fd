-- One row per bucket of time that is forecast, calendar and open period: which part of the bucket's working days is in it.
with

forecasts as (
    select * from intermediate.supply_forecasts
),

days as (
    select * from intermediate.supply_days
),

working_days as (
    select * from intermediate.working_days
),

period_kinds as (
    select distinct period_kind from settings.supply_projection_period_kinds
),

buckets as (
    select distinct
        bucket_start,
        bucket_end,
        calendar_id
    from forecasts
),

-- Days that are over keep their part of the bucket; it is demand no more.
bucket_days as (
    select
        buckets.bucket_start,
        buckets.bucket_end,
        buckets.calendar_id,
        period_kinds.period_kind,
        working_days.date,
        working_days.is_working_day
    from buckets
    inner join working_days
        on
            buckets.calendar_id = working_days.calendar_id
            and working_days.date >= buckets.bucket_start
            and working_days.date < buckets.bucket_end
    cross join period_kinds
    where
        buckets.bucket_start >= $calendar_first_date
        and buckets.bucket_end <= $calendar_last_date + 1
),

counted as (
    select
        bucket_days.bucket_start,
        bucket_days.bucket_end,
        bucket_days.calendar_id,
        bucket_days.period_kind,
        coalesce(days.period_index, 0) as period_index,
        count(*) filter (where bucket_days.is_working_day) as working_day_count,
        count(*) as day_count
    from bucket_days
    left join days
        on
            bucket_days.period_kind = days.period_kind
            and bucket_days.date = days.date
    group by
        bucket_days.bucket_start,
        bucket_days.bucket_end,
        bucket_days.calendar_id,
        bucket_days.period_kind,
        coalesce(days.period_index, 0)
),

-- Where nobody works in all of the bucket, every day counts.
weighted as (
    select
        *,
        case when sum(working_day_count) over whole > 0 then working_day_count else day_count end as weight
    from counted
    window whole as (partition by bucket_start, bucket_end, calendar_id, period_kind)
),

cumulated as (
    select
        bucket_start,
        bucket_end,
        calendar_id,
        period_kind,
        period_index,
        cast(sum(weight) over to_period - weight as decimal(9, 0)) as weight_before,
        cast(sum(weight) over to_period as decimal(9, 0)) as weight_through,
        cast(sum(weight) over whole as decimal(9, 0)) as weight_of_all
    from weighted
    where weight > 0
    window
        whole as (partition by bucket_start, bucket_end, calendar_id, period_kind),
        to_period as (
            partition by bucket_start, bucket_end, calendar_id, period_kind
            order by period_index asc
            rows between unbounded preceding and current row
        )
),

to_come as (
    select * from cumulated
    where period_index > 0
)

select * from to_come
