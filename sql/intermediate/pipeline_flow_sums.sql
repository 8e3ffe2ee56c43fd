-- One row per level, salesperson, territory and period with a target or with something to be told of opportunities.
with

events as (
    select * from intermediate.pipeline_events_at_levels
),

summed as (
    select
        level,
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        count(*) filter (where event = 'created') as created_count,
        count(reporting_amount) filter (where event = 'created') as known_created_count,
        coalesce(sum(reporting_amount) filter (where event = 'created'), 0) as created_amount,
        count(*) filter (where event = 'won') as won_count,
        count(reporting_amount) filter (where event = 'won') as known_won_count,
        coalesce(sum(reporting_amount) filter (where event = 'won'), 0) as won_amount,
        count(*) filter (where event = 'lost') as lost_count,
        count(reporting_amount) filter (where event = 'lost') as known_lost_count,
        coalesce(sum(reporting_amount) filter (where event = 'lost'), 0) as lost_amount,
        count(*) filter (where event = 'open') as open_count,
        count(reporting_amount) filter (where event = 'open') as known_open_count,
        coalesce(sum(reporting_amount) filter (where event = 'open'), 0) as open_amount,
        count(weighted_amount) filter (where event = 'open') as known_weighted_count,
        coalesce(sum(weighted_amount) filter (where event = 'open'), 0) as weighted_amount,
        count(*) filter (where event = 'expected') as expected_count,
        count(reporting_amount) filter (where event = 'expected') as known_expected_count,
        coalesce(sum(reporting_amount) filter (where event = 'expected'), 0) as expected_amount,
        count(*) filter (where event = 'slipped') as slipped_count,
        count(reporting_amount) filter (where event = 'slipped') as known_slipped_count,
        coalesce(sum(reporting_amount) filter (where event = 'slipped'), 0) as slipped_amount,
        count(*) filter (where event = 'pulled_in') as pulled_in_count,
        count(reporting_amount) filter (where event = 'pulled_in') as known_pulled_in_count,
        coalesce(sum(reporting_amount) filter (where event = 'pulled_in'), 0) as pulled_in_amount,
        sum(cycle_days) as total_cycle_days,
        count(cycle_days) as known_cycle_count,
        count(*) filter (where is_last_week) as last_week_won_count,
        coalesce(sum(reporting_amount) filter (where is_last_week), 0) as last_week_won_amount
    from events
    group by level, salesperson_id, territory_id, period_kind, period_start, period_end
),

-- A sum of which a part is not known is not known.
honest as (
    select
        level,
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        created_count,
        case when created_count = known_created_count then created_amount end as created_amount,
        won_count,
        case when won_count = known_won_count then won_amount end as won_amount,
        lost_count,
        case when lost_count = known_lost_count then lost_amount end as lost_amount,
        open_count,
        case when open_count = known_open_count then open_amount end as open_amount,
        case when open_count = known_weighted_count then weighted_amount end as weighted_amount,
        expected_count,
        case when expected_count = known_expected_count then expected_amount end as expected_amount,
        slipped_count,
        case when slipped_count = known_slipped_count then slipped_amount end as slipped_amount,
        pulled_in_count,
        case when pulled_in_count = known_pulled_in_count then pulled_in_amount end as pulled_in_amount,
        total_cycle_days,
        won_count - known_cycle_count as missing_cycle_days_count,
        last_week_won_count,
        case when won_count = known_won_count then last_week_won_amount end as last_week_won_amount,
        created_count - known_created_count as missing_created_amount_count,
        won_count - known_won_count as missing_won_amount_count,
        lost_count - known_lost_count as missing_lost_amount_count,
        open_count - known_open_count as missing_open_amount_count
    from summed
)

select * from honest
