-- capacity_gap: the hours that a work center has in a period, the hours asked of it, and the gap between them.
create or replace temp table capacity_gap as
with load_days as (
    select
        load_basis,
        plan_version,
        work_center_id,
        load_date,
        sum(placed_load_hours) as placed,
        sum(past_due_load_hours) as past_due,
        sum(unplaced_load_hours) as unplaced,
        sum(missing_hours_count) as missing
    from capacity_load
    group by all
),

kinds as (
    from (values ('month', interval 1 month), ('week', interval 1 week)) as kinds (period_kind, length)
),

own_load as (
    select
        load_basis,
        plan_version,
        work_center_id,
        period_kind,
        date_trunc(period_kind, load_date)::date as period_start,
        sum(placed) as placed,
        sum(past_due) as past_due,
        sum(unplaced) as unplaced,
        sum(missing) as missing
    from load_days
    cross join kinds
    group by all
),

own_available as (
    select
        work_center_id,
        period_kind,
        date_trunc(period_kind, date)::date as period_start,
        sum(available_hours) filter (where date <= getvariable('as_of')) as past_hours,
        sum(available_hours) filter (where date > getvariable('as_of')) as open_hours
    from available_hours
    cross join kinds
    where not is_ignored
    group by all
),

-- Hours to come cumulate from the first open period on, even where their first load lies later.
spans as (
    select
        *,
        load_basis = 'actual' as is_actual,
        if(is_actual, first_load_date, least(first_load_date, getvariable('as_of') + 1)) as first_date
    from (
        select load_basis, plan_version, min(load_date) as first_load_date, max(load_date) as last_load_date
        from load_days
        group by all
    )
),

periods as (
    select
        load_basis,
        plan_version,
        is_actual,
        first_load_date,
        period_kind,
        unnest(generate_series(date_trunc(period_kind, first_date), last_load_date::timestamp, length))::date as period_start,
        (period_start + length)::date as period_end
    from spans
    cross join kinds
),

shown as (
    select distinct load_basis, plan_version, group_id as work_center_id
    from (
        select load_basis, plan_version, work_center_id from load_days
        union
        select load_basis, plan_version, work_center_id
        from spans
        cross join (select distinct work_center_id from available_hours)
    )
    inner join groups using (work_center_id)
),

own as (
    select
        shown.work_center_id,
        periods.*,
        coalesce(placed, 0) as placed,
        coalesce(past_due, 0) as past_due,
        coalesce(unplaced, 0) as unplaced,
        coalesce(missing, 0) as missing,
        coalesce(placed + past_due + unplaced, 0) as load,
        coalesce(if(is_actual, past_hours, open_hours), 0) as available
    from shown
    inner join periods using (load_basis, plan_version)
    left join own_load using (load_basis, plan_version, work_center_id, period_kind, period_start)
    left join own_available using (work_center_id, period_kind, period_start)
),

by_group as (
    select
        group_id as work_center_id,
        load_basis,
        plan_version,
        period_kind,
        period_start,
        sum(load) as group_load,
        sum(available) as group_available
    from own
    inner join groups using (work_center_id)
    group by all
),

compared as (
    select
        own.*,
        group_load,
        group_available,
        group_available - group_load as gap,
        greatest(-gap, 0) as overload,
        work_center_id in (select parent_id from work_centers) as is_group,
        sum(group_load) over to_date as running_load,
        sum(group_available) over to_date as running_available,
        sum(gap) over to_date as running_gap
    from own
    inner join by_group using (work_center_id, load_basis, plan_version, period_kind, period_start)
    window to_date as (
        partition by work_center_id, period_kind, load_basis, plan_version
        order by period_start
        rows unbounded preceding
    )
),

rated as (
    select
        *,
        if(group_available > 0, group_load::double / group_available::double, null) as load_rate,
        is_group is not true and work_center_id <> '(unknown)' and group_load > 0 as is_ranked
    from compared
    -- Periods before the first load were needed for the running totals only.
    where period_end > first_load_date
),

state as (
    select max(date) as known_date
    from (
        select unnest([actual_start, actual_end]) as date from landing.production_orders
        union all
        select unnest([actual_start, actual_end]) from landing.production_operations
    )
    where date > getvariable('as_of')
)

select
    work_center_id,
    period_kind,
    period_start,
    load_basis,
    plan_version,
    period_end,
    period_end <= getvariable('as_of') + 1 as is_period_complete,
    getvariable('as_of') + 1 >= period_start and getvariable('as_of') + 1 < period_end as is_first_open_period,
    coalesce(is_group, false) as is_group,
    work_center_id in (select work_center_id from available_hours where is_ignored) as is_own_calendar_ignored,
    placed::decimal(18, 4) as placed_load_hours,
    past_due::decimal(18, 4) as past_due_load_hours,
    unplaced::decimal(18, 4) as unplaced_load_hours,
    load::decimal(18, 4) as own_load_hours,
    available::decimal(18, 4) as own_available_hours,
    group_load::decimal(18, 4) as group_load_hours,
    group_available::decimal(18, 4) as group_available_hours,
    load_rate,
    group_available <= 0 as has_no_capacity,
    group_load <= 0 as has_no_load,
    gap::decimal(18, 4) as gap_hours,
    overload::decimal(18, 4) as overload_hours,
    if(is_actual, null, running_load)::decimal(18, 4) as cumulative_load_hours,
    if(is_actual, null, running_available)::decimal(18, 4) as cumulative_available_hours,
    if(is_actual, null, running_gap)::decimal(18, 4) as cumulative_gap_hours,
    gap >= 0 as is_feasible_in_period,
    cumulative_gap_hours >= 0 as is_feasible_with_pull_ahead,
    if(
        is_ranked,
        row_number() over (
            partition by period_kind, period_start, load_basis, plan_version, is_ranked
            order by load_rate desc nulls first, overload desc, work_center_id
        ),
        null
    ) as bottleneck_rank,
    (overload_hours * hour_cost)::decimal(18, 4) as overload_cost_amount,
    currency,
    if(group_load > 0, least(group_available::double / group_load::double, 1), null) as producible_rate,
    missing::bigint as missing_hours_count,
    known_date as state_known_at
from rated
inner join work_centers using (work_center_id)
cross join state;
