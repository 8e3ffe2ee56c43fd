-- One row per salesperson or territory, version and span of days of its targets, and period that it counts in.
with

target_days as (
    select * from intermediate.sales_target_days
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.quota_period_kinds
),

asked_for as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start,
        period_days.period_end
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

summed as (
    select
        target_days.target_of,
        target_days.target_id,
        target_days.version_number,
        target_days.target_start,
        target_days.target_end,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end,
        sum(target_days.weight) as weight,
        max(target_days.weight_of_all) as weight_of_all
    from target_days
    inner join asked_for on target_days.date = asked_for.date
    group by
        target_days.target_of,
        target_days.target_id,
        target_days.version_number,
        target_days.target_start,
        target_days.target_end,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end
),

-- A period in which no day of the target is worked has no part of it.
cumulated as (
    select
        target_of,
        target_id,
        version_number,
        target_start,
        target_end,
        period_kind,
        period_start,
        period_end,
        cast(sum(weight) over to_period - weight as decimal(9, 0)) as weight_before,
        cast(sum(weight) over to_period as decimal(9, 0)) as weight_through,
        cast(weight_of_all as decimal(9, 0)) as weight_of_all
    from summed
    where weight > 0
    window to_period as (
        partition by target_of, target_id, version_number, target_start, target_end, period_kind
        order by period_start asc
        rows between unbounded preceding and current row
    )
)

select * from cumulated
