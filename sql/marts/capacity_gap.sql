-- One row per work center, period, load basis and plan version: the hours it has, the hours asked of it, and the gap.
with

hours as (
    select * from intermediate.capacity_gap_compared
),

event_dates as (
    select * from intermediate.event_dates
),

-- How far the extracts know what happened, where they know more than `$as_of`.
states as (
    select max(date) as state_known_at
    from event_dates
    where
        event like '%.actual%'
        and date > $as_of
),

-- What is past cannot be moved: hours cumulate over open periods only.
cumulated as (
    select
        *,
        greatest(-gap_hours, 0) as overload_hours,
        case when not is_actual then sum(group_load_hours) over to_date end as cumulative_load_hours,
        case when not is_actual then sum(group_available_hours) over to_date end as cumulative_available_hours,
        case when not is_actual then sum(gap_hours) over to_date end as cumulative_gap_hours
    from hours
    window to_date as (
        partition by work_center_id, period_kind, load_basis, plan_version
        order by period_start asc
        rows between unbounded preceding and current row
    )
),

-- Periods before the first load were needed for the running totals only.
rated as (
    select
        *,
        case when group_available_hours > 0 then cast(group_load_hours as double) / group_available_hours end as load_rate,
        not is_group and work_center_id <> '(unknown)' and group_load_hours > 0 as is_ranked
    from cumulated
    where is_shown
),

-- Load without any hour against it comes first: its rate has no bound.
ranked as (
    select
        *,
        row_number() over (
            partition by period_kind, period_start, load_basis, plan_version, is_ranked
            order by load_rate desc nulls first, overload_hours desc, work_center_id asc
        ) as load_rank
    from rated
),

projected as (
    select
        ranked.work_center_id,
        ranked.period_kind,
        ranked.period_start,
        ranked.load_basis,
        ranked.plan_version,
        ranked.period_end,
        ranked.period_end <= $as_of + interval '1 day' as is_period_complete,
        ranked.is_first_open_period,
        ranked.is_group,
        ranked.is_own_calendar_ignored,
        ranked.placed_load_hours,
        ranked.past_due_load_hours,
        ranked.unplaced_load_hours,
        ranked.own_load_hours,
        ranked.own_available_hours,
        ranked.group_load_hours,
        ranked.group_available_hours,
        ranked.load_rate,
        ranked.group_available_hours <= 0 as has_no_capacity,
        ranked.group_load_hours <= 0 as has_no_load,
        ranked.gap_hours,
        ranked.overload_hours,
        ranked.cumulative_load_hours,
        ranked.cumulative_available_hours,
        ranked.cumulative_gap_hours,
        ranked.gap_hours >= 0 as is_feasible_in_period,
        ranked.cumulative_gap_hours >= 0 as is_feasible_with_pull_ahead,
        case when ranked.is_ranked then ranked.load_rank end as bottleneck_rank,
        ranked.overload_hours * ranked.hour_cost as overload_cost_amount,
        ranked.currency,
        case
            when ranked.group_load_hours > 0
                then least(cast(ranked.group_available_hours as double) / ranked.group_load_hours, 1)
        end as producible_rate,
        ranked.missing_hours_count,
        states.state_known_at
    from ranked
    cross join states
)

select * from projected
