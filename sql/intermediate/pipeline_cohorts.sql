-- One row per salesperson, territory and period in which opportunities were created, and highest stage that they reached.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
),

highest_stages as (
    select * from intermediate.opportunity_highest_stages
),

period_days as (
    select * from intermediate.pipeline_period_days
),

cohorts as (
    select
        opportunities.salesperson_id,
        opportunities.territory_id,
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end,
        highest_stages.highest_order,
        count(*) as opportunity_count,
        coalesce(sum(opportunities.reporting_amount), 0) as known_amount,
        count(*) - count(opportunities.reporting_amount) as missing_amount_count,
        count(*) filter (where opportunities.is_closed = false) as open_count
    from opportunities
    inner join highest_stages on opportunities.opportunity_id = highest_stages.opportunity_id
    inner join period_days on opportunities.created_date = period_days.date
    group by
        opportunities.salesperson_id,
        opportunities.territory_id,
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end,
        highest_stages.highest_order
)

select * from cohorts
