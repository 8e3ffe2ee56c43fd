-- One row per salesperson, territory, period in which opportunities were created, and stage that they can reach.
with

cohorts as (
    select * from intermediate.pipeline_cohorts
),

lost_stages as (
    select distinct stage from settings.sales_pipeline_lost_stages
),

stages as (
    select
        dim_stage.stage,
        dim_stage.sort_order,
        lag(dim_stage.stage) over (order by dim_stage.sort_order asc, dim_stage.stage asc) as previous_stage,
        lag(dim_stage.sort_order) over (order by dim_stage.sort_order asc, dim_stage.stage asc) as previous_order
    from marts.dim_stage
    left join lost_stages on dim_stage.stage = lost_stages.stage
    where lost_stages.stage is null and dim_stage.sort_order is not null
),

-- Who reached a stage has reached all that come before it. Of the first stage the one before is having been created.
summed as (
    select
        cohorts.salesperson_id,
        cohorts.territory_id,
        cohorts.period_kind,
        cohorts.period_start,
        cohorts.period_end,
        stages.stage,
        stages.sort_order,
        stages.previous_stage,
        sum(cohorts.opportunity_count) as cohort_count,
        sum(cohorts.known_amount) as cohort_amount,
        sum(cohorts.missing_amount_count) as missing_amount_count,
        sum(cohorts.open_count) as open_count,
        sum(
            case when cohorts.highest_order >= stages.sort_order then cohorts.opportunity_count else 0 end
        ) as reached_count,
        sum(case when cohorts.highest_order >= stages.sort_order then cohorts.known_amount else 0 end) as reached_amount,
        sum(
            case
                when stages.previous_order is null or cohorts.highest_order >= stages.previous_order
                    then cohorts.opportunity_count
                else 0
            end
        ) as previous_reached_count
    from cohorts
    cross join stages
    group by
        cohorts.salesperson_id,
        cohorts.territory_id,
        cohorts.period_kind,
        cohorts.period_start,
        cohorts.period_end,
        stages.stage,
        stages.sort_order,
        stages.previous_stage
),

honest as (
    select
        *,
        period_end <= $as_of + interval '1 day' as is_period_complete,
        case when missing_amount_count = 0 then cohort_amount end as honest_cohort_amount,
        case when missing_amount_count = 0 then reached_amount end as honest_reached_amount
    from summed
),

projected as (
    select
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        stage,
        period_end,
        is_period_complete,
        sort_order as stage_order,
        previous_stage,
        cohort_count,
        open_count as open_cohort_count,
        reached_count,
        previous_reached_count,
        case when is_period_complete then cast(reached_count as double) / cohort_count end as reached_count_rate,
        case
            when is_period_complete and previous_reached_count > 0
                then cast(reached_count as double) / previous_reached_count
        end as step_conversion_rate,
        cast(honest_cohort_amount as decimal(18, 4)) as cohort_amount,
        cast(honest_reached_amount as decimal(18, 4)) as reached_amount,
        case
            when is_period_complete and honest_cohort_amount > 0
                then cast(honest_reached_amount as double) / cast(honest_cohort_amount as double)
        end as reached_amount_rate,
        $reporting_currency as currency,
        missing_amount_count
    from honest
)

select * from projected
