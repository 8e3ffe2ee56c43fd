-- Every total of hours that capacity_gap holds, beside the same total from the operations and the calendars themselves.
with

operations as (
    select * from staging.production_operations
),

orders as (
    select * from staging.production_orders
),

capacity as (
    select * from staging.capacity
),

work_centers as (
    select * from staging.work_centers
),

plan_hours as (
    select * from intermediate.production_plan_hours
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

calendar_days as (
    select * from intermediate.period_days
),

dim_work_center as (
    select * from marts.dim_work_center
),

capacity_gap as (
    select * from marts.capacity_gap
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

actual_hours as (
    select
        'own_load_hours actual' as measure,
        actual_start as date,
        coalesce(actual_hours, 0) + coalesce(setup_hours, 0) as hours
    from operations
    where actual_start <= $as_of
),

order_hours as (
    select
        'own_load_hours production_orders' as measure,
        greatest(coalesce(operations.scheduled_start, $as_of), $as_of + interval '1 day') as date,
        case
            when operations.actual_end is not null
                then greatest(coalesce(operations.planned_hours, 0) + coalesce(operations.setup_hours, 0), 0)
            else
                greatest(
                    coalesce(operations.planned_hours, 0)
                    + coalesce(operations.setup_hours, 0)
                    - coalesce(operations.actual_hours, 0),
                    0
                )
        end as hours
    from operations
    inner join orders on operations.production_order_id = orders.production_order_id
    where
        orders.status not in ('planned', 'cancelled')
        and not coalesce(operations.actual_end <= $as_of, false)
),

-- A calendar counts unless the work center has children with a calendar; dim_work_center knows who is below whom.
ignored as (
    select distinct above.work_center_id
    from dim_work_center as above
    inner join dim_work_center as below on starts_with(below.path, concat(above.path, ' > '))
    inner join capacity on below.work_center_id = capacity.work_center_id
),

calendar_hours as (
    select
        case when capacity.date <= $as_of then 'own_available_hours actual' else 'own_available_hours production_orders' end
            as measure,
        capacity.date,
        round(
            (capacity.shift_hours - coalesce(capacity.break_hours, 0))
            * coalesce(capacity.machine_count, work_centers.machine_count, 1)
            * coalesce(work_centers.planned_utilization_rate, 1)
            * coalesce(work_centers.efficiency_rate, 1),
            4
        ) as hours
    from capacity
    left join work_centers on capacity.work_center_id = work_centers.work_center_id
    left join ignored on capacity.work_center_id = ignored.work_center_id
    where ignored.work_center_id is null
),

all_hours as (
    select * from actual_hours
    union all
    select * from order_hours
    union all
    select * from calendar_hours
),

-- Hours on a day without a period stay, with a period that the mart cannot have.
source_totals as (
    select
        all_hours.measure,
        period_days.period_kind,
        period_days.period_start,
        sum(all_hours.hours) as source_total
    from all_hours
    left join period_days on all_hours.date = period_days.date
    group by all_hours.measure, period_days.period_kind, period_days.period_start
),

mart_totals as (
    select
        concat('own_load_hours ', load_basis) as measure,
        period_kind,
        period_start,
        sum(own_load_hours) as mart_total
    from capacity_gap
    group by load_basis, period_kind, period_start
    union all
    select
        concat('own_available_hours ', load_basis) as measure,
        period_kind,
        period_start,
        sum(own_available_hours) as mart_total
    from capacity_gap
    group by load_basis, period_kind, period_start
),

-- The mart shows no period before a basis' first load or after its last: hours there are in no row of it.
compared as (
    select
        coalesce(source_totals.measure, mart_totals.measure) as measure,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        mart_totals.mart_total
    from source_totals
    full join mart_totals
        on
            source_totals.measure = mart_totals.measure
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
    where
        (mart_totals.measure is not null and mart_totals.measure not like '% production_plan')
        or source_totals.measure like 'own_load_hours %'
),

-- Placing an operation of the plan changes its day, and never its hours.
plan_source as (
    select
        period_kinds.period_kind,
        coalesce(sum(plan_hours.hours), 0) as source_total
    from period_kinds
    cross join plan_hours
    group by period_kinds.period_kind
),

plan_mart as (
    select
        period_kind,
        sum(own_load_hours) as mart_total
    from capacity_gap
    where load_basis = 'production_plan'
    group by period_kind
),

plan_compared as (
    select
        'own_load_hours production_plan' as measure,
        coalesce(plan_source.period_kind, plan_mart.period_kind) as period_kind,
        cast(null as date) as period_start,
        coalesce(plan_source.source_total, 0) as source_total,
        coalesce(plan_mart.mart_total, 0) as mart_total
    from plan_source
    full join plan_mart on plan_source.period_kind = plan_mart.period_kind
),

-- The days after `$as_of` are available to the plan as they are to the orders.
plan_available as (
    select
        'own_available_hours production_plan' as measure,
        mart_totals.period_kind,
        mart_totals.period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        mart_totals.mart_total
    from mart_totals
    left join source_totals
        on
            source_totals.measure = 'own_available_hours production_orders'
            and mart_totals.period_kind = source_totals.period_kind
            and mart_totals.period_start = source_totals.period_start
    where mart_totals.measure = 'own_available_hours production_plan'
),

all_compared as (
    select * from compared
    union all
    select * from plan_compared
    union all
    select * from plan_available
)

select * from all_compared
