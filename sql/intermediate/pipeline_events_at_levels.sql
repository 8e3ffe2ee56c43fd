-- One row per event of an opportunity, period and level at which it is told, and per target at its level.
with

events as (
    select * from intermediate.pipeline_events
),

targets as (
    select * from intermediate.pipeline_targets
),

levels as (
    select 'salesperson_territory' as level
    union all
    select 'salesperson' as level
    union all
    select 'territory' as level
),

-- A target has its row also where nothing happened.
at_levels as (
    select
        levels.level,
        case when levels.level = 'territory' then '(all)' else events.salesperson_id end as salesperson_id,
        case when levels.level = 'salesperson' then '(all)' else events.territory_id end as territory_id,
        events.period_kind,
        events.period_start,
        events.period_end,
        events.event,
        events.reporting_amount,
        events.weighted_amount,
        events.cycle_days,
        events.is_last_week
    from events
    cross join levels
    union all
    select
        level,
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        'target' as event,
        null as reporting_amount,
        null as weighted_amount,
        null as cycle_days,
        false as is_last_week
    from targets
)

select * from at_levels
