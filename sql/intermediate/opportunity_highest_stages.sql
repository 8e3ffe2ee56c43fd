-- One row per opportunity that was there by `$as_of`: the place of the highest stage that it is known to have reached.
with

opportunities as (
    select * from intermediate.opportunity_states
),

changes as (
    select * from intermediate.opportunity_changes
    where field = 'stage' and is_after_as_of = false
),

lost_stages as (
    select distinct stage from settings.sales_pipeline_lost_stages
),

stages as (
    select
        dim_stage.stage,
        dim_stage.sort_order
    from marts.dim_stage
    left join lost_stages on dim_stage.stage = lost_stages.stage
    where lost_stages.stage is null and dim_stage.sort_order is not null
),

last_stage as (
    select max(sort_order) as sort_order from stages
),

visits as (
    select opportunity_id, stage from opportunities
    union all
    select opportunity_id, old_value as stage from changes
    union all
    select opportunity_id, new_value as stage from changes
),

highest as (
    select
        visits.opportunity_id,
        max(stages.sort_order) as sort_order
    from visits
    inner join stages on visits.stage = stages.stage
    group by visits.opportunity_id
),

-- What is won has gone all the way, whatever its history says.
reached as (
    select
        opportunities.opportunity_id,
        case when opportunities.is_won then last_stage.sort_order else highest.sort_order end as highest_order
    from opportunities
    left join highest on opportunities.opportunity_id = highest.opportunity_id
    cross join last_stage
)

select * from reached
