-- Open opportunities that load no work center, since they have no probability or no day on which they are to close.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
    where is_closed = false
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct load_basis from marts.capacity_gap
),

left_out as (
    select
        opportunities.opportunity_id,
        opportunities.expected_close_date,
        opportunities.probability_rate
    from opportunities
    left join shown on shown.load_basis = 'pipeline'
    where
        opportunities.expected_close_date is null
        or opportunities.probability_rate is null
)

select * from left_out
