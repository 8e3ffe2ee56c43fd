-- Every cohort of sales_pipeline_conversion at each stage, beside the opportunities that were created in its period.
with

opportunities as (
    select * from staging.opportunities
),

states as (
    select * from intermediate.opportunity_states
),

lost_stages as (
    select distinct stage from settings.sales_pipeline_lost_stages
),

history as (
    select
        opportunity_id,
        old_value,
        new_value
    from staging.opportunity_history
    where
        field = 'stage'
        and changed_at < $as_of + interval '2 days'
        and cast(changed_at at time zone $time_zone as date) <= $as_of
),

stages as (
    select
        staging.stages.stage,
        staging.stages.sort_order
    from staging.stages
    left join lost_stages on staging.stages.stage = lost_stages.stage
    where lost_stages.stage is null
),

calendar_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.sales_pipeline_flow_period_kinds
),

conversion as (
    select * from marts.sales_pipeline_conversion
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

visits as (
    select opportunity_id, stage from states
    union all
    select opportunity_id, old_value as stage from history
    union all
    select opportunity_id, new_value as stage from history
),

-- Who was in a stage, in a later one, or was won, has reached it.
reached as (
    select
        visits.opportunity_id,
        stages.stage
    from visits
    inner join stages as visited on visits.stage = visited.stage
    inner join stages on visited.sort_order >= stages.sort_order
    union
    select
        states.opportunity_id,
        stages.stage
    from states
    cross join stages
    where states.is_won
),

reached_cohorts as (
    select
        period_days.period_kind,
        period_days.period_start,
        reached.stage,
        count(*) as reached_count
    from opportunities
    inner join reached on opportunities.opportunity_id = reached.opportunity_id
    inner join period_days on opportunities.created_date = period_days.date
    where opportunities.created_date <= $as_of
    group by period_days.period_kind, period_days.period_start, reached.stage
),

cohorts as (
    select
        period_days.period_kind,
        period_days.period_start,
        count(*) as opportunity_count,
        count(*) filter (where states.is_closed = false) as open_count
    from opportunities
    inner join states on opportunities.opportunity_id = states.opportunity_id
    inner join period_days on opportunities.created_date = period_days.date
    where opportunities.created_date <= $as_of
    group by period_days.period_kind, period_days.period_start
),

all_totals as (
    select
        'source' as origin,
        cohorts.period_kind,
        cohorts.period_start,
        stages.stage,
        cohorts.opportunity_count,
        cohorts.open_count,
        0 as reached_count
    from cohorts
    cross join stages
    union all
    select
        'source' as origin,
        period_kind,
        period_start,
        stage,
        0 as opportunity_count,
        0 as open_count,
        reached_count
    from reached_cohorts
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        stage,
        cohort_count as opportunity_count,
        open_cohort_count as open_count,
        reached_count
    from conversion
),

measures as (
    select 'created opportunities' as measure
    union all
    select 'open opportunities' as measure
    union all
    select 'opportunities that came so far' as measure
),

totals as (
    select
        concat(measures.measure, ' at stage ', all_totals.stage) as measure,
        all_totals.origin,
        all_totals.period_kind,
        all_totals.period_start,
        case measures.measure
            when 'created opportunities' then all_totals.opportunity_count
            when 'open opportunities' then all_totals.open_count
            else all_totals.reached_count
        end as total
    from all_totals
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
