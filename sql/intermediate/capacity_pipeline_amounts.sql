-- One row per open month in which open opportunities are expected to close that name no products: their weighted amount.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
    where is_closed = false
),

opportunity_products as (
    select distinct opportunity_id from staging.opportunity_products
    where quantity > 0
),

period_days as (
    select * from intermediate.period_days
    where period_kind = 'month'
),

-- What is overdue is expected at once.
expected as (
    select
        greatest(opportunities.expected_close_date, $as_of + interval '1 day') as expected_date,
        opportunities.weighted_amount
    from opportunities
    left join opportunity_products on opportunities.opportunity_id = opportunity_products.opportunity_id
    where
        opportunity_products.opportunity_id is null
        and opportunities.expected_close_date is not null
        and opportunities.weighted_amount > 0
),

summed as (
    select
        greatest(period_days.period_start, $as_of + interval '1 day') as period_start,
        period_days.period_end,
        sum(expected.weighted_amount) as amount
    from expected
    inner join period_days on expected.expected_date = period_days.date
    group by period_days.period_start, period_days.period_end
)

select * from summed
