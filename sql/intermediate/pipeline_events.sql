-- One row per opportunity, kind of period, period and what is to be told of it there: created, won, lost, open and so on.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
),

outlooks as (
    select * from intermediate.opportunity_outlooks
),

period_days as (
    select * from intermediate.pipeline_period_days
),

dated as (
    select opportunity_id, 'created' as event, created_date as date from opportunities
    union all
    select opportunity_id, 'won' as event, closed_date as date from opportunities
    where is_won
    union all
    select opportunity_id, 'lost' as event, closed_date as date from opportunities
    where is_closed and is_won = false
    union all
    select opportunity_id, 'open' as event, expected_close_date as date from opportunities
    where is_closed = false
),

events as (
    select
        dated.opportunity_id,
        dated.event,
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end
    from dated
    inner join period_days on dated.date = period_days.date
    union all
    select opportunity_id, 'expected' as event, period_kind, period_start, period_end from outlooks
    where is_expected
    union all
    select opportunity_id, 'slipped' as event, period_kind, period_start, period_end from outlooks
    where is_slipped
    union all
    select opportunity_id, 'pulled_in' as event, period_kind, period_start, period_end from outlooks
    where is_pulled_in
),

-- Who closed before they were created took no number of days; a check names them.
described as (
    select
        opportunities.salesperson_id,
        opportunities.territory_id,
        events.opportunity_id,
        events.event,
        events.period_kind,
        events.period_start,
        events.period_end,
        opportunities.reporting_amount,
        opportunities.weighted_amount,
        case
            when events.event = 'won' and opportunities.closed_date >= opportunities.created_date
                then opportunities.closed_date - opportunities.created_date
        end as cycle_days,
        events.event = 'won' and opportunities.closed_date >= events.period_end - 7 as is_last_week
    from events
    inner join opportunities on events.opportunity_id = opportunities.opportunity_id
)

select * from described
