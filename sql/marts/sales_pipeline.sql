-- One row per salesperson, territory and stage with open opportunities at the end of `$as_of`.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
    where is_closed = false
),

event_dates as (
    select * from intermediate.event_dates
),

-- How far the extracts know what happened, where they know more than `$as_of`.
states as (
    select max(date) as state_known_at
    from event_dates
    where
        event in (
            'opportunities.created_date',
            'opportunities.closed_date',
            'opportunity_history.changed_at'
        )
        and date > $as_of
),

aged as (
    select
        *,
        $as_of - stage_entered_date as days_in_stage,
        coalesce(expected_close_date <= $as_of, false) as is_overdue
    from opportunities
),

-- A sum of which a part is not known is not known.
summed as (
    select
        salesperson_id,
        territory_id,
        stage,
        count(*) as opportunity_count,
        case when count(*) = count(reporting_amount) then sum(reporting_amount) end as amount,
        coalesce(sum(reporting_amount), 0) as known_amount,
        case when count(*) = count(weighted_amount) then sum(weighted_amount) end as weighted_amount,
        count(*) filter (where has_no_amount) as missing_amount_count,
        count(*) filter (where has_no_rate) as missing_rate_count,
        count(*) - count(probability_rate) as missing_probability_count,
        sum(days_in_stage) as days_in_stage,
        max(days_in_stage) as max_days_in_stage,
        count(days_in_stage) as dated_count,
        count(*) filter (where is_overdue) as overdue_count,
        count(*) filter (where is_overdue and reporting_amount is null) as unknown_overdue_count,
        coalesce(sum(reporting_amount) filter (where is_overdue), 0) as known_overdue_amount,
        count(*) - count(expected_close_date) as missing_expected_close_date_count,
        count(*) filter (where is_doubly_assigned) as doubly_assigned_count
    from aged
    group by salesperson_id, territory_id, stage
),

projected as (
    select
        $as_of as as_of_date,
        summed.salesperson_id,
        summed.territory_id,
        summed.stage,
        summed.opportunity_count,
        cast(summed.amount as decimal(18, 4)) as amount,
        cast(summed.known_amount as decimal(18, 4)) as known_amount,
        cast(summed.weighted_amount as decimal(18, 4)) as weighted_amount,
        $reporting_currency as currency,
        summed.missing_amount_count,
        summed.missing_rate_count,
        summed.missing_probability_count,
        case when summed.dated_count > 0 then summed.days_in_stage end as total_days_in_stage,
        case
            when summed.dated_count > 0
                then cast(cast(summed.days_in_stage as decimal(18, 4)) / summed.dated_count as decimal(18, 4))
        end as mean_days_in_stage,
        summed.max_days_in_stage,
        summed.opportunity_count - summed.dated_count as missing_days_in_stage_count,
        summed.overdue_count,
        case
            when summed.unknown_overdue_count = 0 then cast(summed.known_overdue_amount as decimal(18, 4))
        end as overdue_amount,
        summed.missing_expected_close_date_count,
        summed.doubly_assigned_count,
        states.state_known_at
    from summed
    cross join states
)

select * from projected
