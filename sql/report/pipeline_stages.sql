-- One row per stage and region of the territory, of the newest date.
-- Open opportunities and what they would bring.
with

pipeline as (
    select
        *,
        max(as_of_date) over () as newest_date
    from marts.sales_pipeline
),

staged as (
    select
        pipeline.as_of_date,
        pipeline.stage,
        stages.sort_order,
        territories.market_region,
        sum(pipeline.opportunity_count) as opportunity_count,
        sum(pipeline.known_amount) as known_amount,
        sum(pipeline.weighted_amount) as weighted_amount,
        sum(pipeline.overdue_amount) as overdue_amount,
        sum(pipeline.missing_amount_count) as missing_amount_count,
        min(pipeline.currency) as currency
    from pipeline
    left join marts.dim_stage as stages on pipeline.stage = stages.stage
    left join marts.dim_territory as territories on pipeline.territory_id = territories.territory_id
    where pipeline.as_of_date = pipeline.newest_date
    group by pipeline.as_of_date, pipeline.stage, stages.sort_order, territories.market_region
)

select * from staged
order by sort_order asc nulls last, stage asc, market_region asc
limit 1000
