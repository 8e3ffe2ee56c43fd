-- What was credited, won and lost by sales_scorecard in each period, beside the marts that it gathers.
with

sales_scorecard as (
    select * from marts.sales_scorecard
),

quotas as (
    select * from marts.quota_attainment
    where is_total
),

flows as (
    select * from marts.sales_pipeline_flow
    where level = 'salesperson'
),

pipeline as (
    select * from marts.sales_pipeline
),

-- Overdue is a state of today: all of it stands in each period that holds `$as_of`.
overdue as (
    select coalesce(sum(overdue_count), 0) as overdue_count
    from pipeline
),

current_periods as (
    select
        period_kind,
        period_start,
        coalesce(sum(overdue_count), 0) as overdue_count
    from sales_scorecard
    where period_start <= $as_of and period_end > $as_of
    group by period_kind, period_start
),

events as (
    select
        period_kind,
        period_start,
        coalesce(achieved_amount, 0) as source_achieved,
        0 as source_won,
        0 as source_lost,
        0 as mart_achieved,
        0 as mart_won,
        0 as mart_lost
    from quotas
    union all
    select
        period_kind,
        period_start,
        0 as source_achieved,
        won_count as source_won,
        lost_count as source_lost,
        0 as mart_achieved,
        0 as mart_won,
        0 as mart_lost
    from flows
    union all
    select
        period_kind,
        period_start,
        0 as source_achieved,
        0 as source_won,
        0 as source_lost,
        coalesce(achieved_amount, 0) as mart_achieved,
        coalesce(won_count, 0) as mart_won,
        coalesce(lost_count, 0) as mart_lost
    from sales_scorecard
),

summed as (
    select
        period_kind,
        period_start,
        sum(source_achieved) as source_achieved,
        sum(source_won) as source_won,
        sum(source_lost) as source_lost,
        sum(mart_achieved) as mart_achieved,
        sum(mart_won) as mart_won,
        sum(mart_lost) as mart_lost
    from events
    group by period_kind, period_start
),

compared as (
    select
        'achieved_amount' as measure,
        period_kind,
        period_start,
        source_achieved as source_total,
        mart_achieved as mart_total
    from summed
    union all
    select
        'won_count' as measure,
        period_kind,
        period_start,
        source_won as source_total,
        mart_won as mart_total
    from summed
    union all
    select
        'lost_count' as measure,
        period_kind,
        period_start,
        source_lost as source_total,
        mart_lost as mart_total
    from summed
    union all
    select
        'overdue_count' as measure,
        current_periods.period_kind,
        current_periods.period_start,
        overdue.overdue_count as source_total,
        current_periods.overdue_count as mart_total
    from current_periods
    cross join overdue
)

select * from compared
