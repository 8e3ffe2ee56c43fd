-- One row per salesperson or territory, version and span of days of its targets, and day of it that counts.
with

target_rows as (
    select * from intermediate.sales_target_rows
),

sales_days as (
    select * from intermediate.sales_days
),

targets as (
    select distinct
        target_of,
        target_id,
        version_number,
        target_start,
        target_end
    from target_rows
),

spans as (
    select distinct
        target_start,
        target_end
    from targets
),

span_days as (
    select
        spans.target_start,
        spans.target_end,
        sales_days.date,
        case when sales_days.is_working_day then 1 else 0 end as working_day
    from spans
    inner join sales_days
        on
            sales_days.date >= spans.target_start
            and sales_days.date < spans.target_end
),

counted as (
    select
        target_start,
        target_end,
        sum(working_day) as working_day_count,
        count(*) as day_count
    from span_days
    group by target_start, target_end
),

-- Where nobody works in all of the span, every day counts.
weighted as (
    select
        span_days.target_start,
        span_days.target_end,
        span_days.date,
        case when counted.working_day_count > 0 then span_days.working_day else 1 end as weight,
        case
            when counted.working_day_count > 0 then counted.working_day_count else counted.day_count
        end as weight_of_all
    from span_days
    inner join counted
        on
            span_days.target_start = counted.target_start
            and span_days.target_end = counted.target_end
),

target_days as (
    select
        targets.target_of,
        targets.target_id,
        targets.version_number,
        targets.target_start,
        targets.target_end,
        weighted.date,
        weighted.weight,
        weighted.weight_of_all
    from targets
    inner join weighted
        on
            targets.target_start = weighted.target_start
            and targets.target_end = weighted.target_end
),

last_versions as (
    select
        target_of,
        target_id,
        date,
        max(version_number) as version_number
    from target_days
    group by target_of, target_id, date
),

-- Of every day the last version that has a target for it counts, and no other: versions are never added up.
last_days as (
    select target_days.*
    from target_days
    inner join last_versions
        on
            target_days.target_of = last_versions.target_of
            and target_days.target_id = last_versions.target_id
            and target_days.date = last_versions.date
            and target_days.version_number = last_versions.version_number
)

select * from last_days
