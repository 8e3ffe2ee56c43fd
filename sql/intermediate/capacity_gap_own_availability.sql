-- One row per work center and period in which its calendar has days, with the hours up to `$as_of` and those after it.
with

available_hours as (
    select * from intermediate.available_hours
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

summed as (
    select
        available_hours.work_center_id,
        period_days.period_kind,
        period_days.period_start,
        sum(available_hours.available_hours) filter (where available_hours.date <= $as_of) as past_hours,
        sum(available_hours.available_hours) filter (where available_hours.date > $as_of) as open_hours
    from available_hours
    inner join period_days on available_hours.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where not available_hours.is_ignored
    group by
        available_hours.work_center_id,
        period_days.period_kind,
        period_days.period_start
)

select * from summed
