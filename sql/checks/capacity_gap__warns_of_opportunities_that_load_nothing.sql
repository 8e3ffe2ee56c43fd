-- Open opportunities that load no work center, since they have no probability, no day on which they are to close, or
-- neither products nor an amount that is known.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
    where is_closed = false
),

opportunity_products as (
    select distinct opportunity_id from staging.opportunity_products
    where quantity > 0
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct load_basis from marts.capacity_gap
),

left_out as (
    select
        opportunities.opportunity_id,
        opportunities.expected_close_date,
        opportunities.probability_rate,
        opportunities.has_no_amount,
        opportunities.has_no_rate
    from opportunities
    left join opportunity_products on opportunities.opportunity_id = opportunity_products.opportunity_id
    left join shown on shown.load_basis = 'pipeline'
    where
        opportunities.expected_close_date is null
        or opportunities.probability_rate is null
        or (opportunity_products.opportunity_id is null and opportunities.weighted_amount is null)
)

select * from left_out
