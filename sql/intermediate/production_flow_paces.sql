-- One row per product, location and period in which operations started: the work center with most hours, and its pieces.
with

operations as (
    select * from intermediate.production_flow_operations
),

available_hours as (
    select * from intermediate.available_hours
    where
        date <= $as_of
        and not is_ignored
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.production_flow_period_kinds
),

asked_for as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

hours as (
    select
        operations.product_id,
        operations.location_id,
        operations.work_center_id,
        asked_for.period_kind,
        asked_for.period_start,
        sum(operations.run_hours + operations.setup_hours) as load_hours,
        sum(case when operations.good_quantity is not null then operations.run_hours else 0 end) as timed_run_hours,
        sum(operations.good_quantity) as good_quantity
    from operations
    inner join asked_for on operations.actual_start = asked_for.date
    group by
        operations.product_id,
        operations.location_id,
        operations.work_center_id,
        asked_for.period_kind,
        asked_for.period_start
),

ranked as (
    select
        *,
        sum(load_hours) over (partition by work_center_id, period_kind, period_start) as work_center_load_hours,
        row_number() over (
            partition by product_id, location_id, period_kind, period_start
            order by load_hours desc, work_center_id asc
        ) as place
    from hours
),

available as (
    select
        available_hours.work_center_id,
        asked_for.period_kind,
        asked_for.period_start,
        sum(available_hours.available_hours) as available_hours
    from available_hours
    inner join asked_for on available_hours.date = asked_for.date
    group by available_hours.work_center_id, asked_for.period_kind, asked_for.period_start
),

-- A work center's time belongs to its products as they used it.
pacemakers as (
    select
        ranked.product_id,
        ranked.location_id,
        ranked.period_kind,
        ranked.period_start,
        ranked.work_center_id as pacemaker_id,
        ranked.timed_run_hours,
        ranked.good_quantity,
        cast(available.available_hours as double)
        * ranked.load_hours / nullif(ranked.work_center_load_hours, 0) as product_available_hours
    from ranked
    left join available
        on
            ranked.work_center_id = available.work_center_id
            and ranked.period_kind = available.period_kind
            and ranked.period_start = available.period_start
    where ranked.place = 1
)

select * from pacemakers
