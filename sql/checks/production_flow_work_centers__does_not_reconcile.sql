-- Hours, pieces and operations of every period in production_flow_work_centers, beside those of the operations themselves.
with

operations as (
    select * from staging.production_operations
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

flow as (
    select * from marts.production_flow_work_centers
),

measures as (
    select 'run_hours' as measure
    union all
    select 'setup_hours' as measure
    union all
    select 'down_hours' as measure
    union all
    select 'operations' as measure
    union all
    select 'load_hours' as measure
),

source as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(coalesce(operations.actual_hours, 0)) as run_hours,
        sum(coalesce(operations.setup_hours, 0)) as setup_hours,
        sum(coalesce(operations.down_hours, 0)) as down_hours,
        count(*) as operation_count
    from operations
    inner join period_days on operations.actual_start = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where operations.actual_start <= $as_of
    group by period_days.period_kind, period_days.period_start
),

mart as (
    select
        period_kind,
        period_start,
        sum(run_hours) as run_hours,
        sum(setup_hours) as setup_hours,
        sum(coalesce(down_hours, 0)) as down_hours,
        sum(operation_count) as operation_count,
        sum(own_load_hours) as load_hours
    from flow
    group by period_kind, period_start
),

compared as (
    select
        measures.measure,
        mart.period_kind,
        mart.period_start,
        case measures.measure
            when 'run_hours' then coalesce(source.run_hours, 0)
            when 'setup_hours' then coalesce(source.setup_hours, 0)
            when 'down_hours' then coalesce(source.down_hours, 0)
            when 'operations' then coalesce(source.operation_count, 0)
            else coalesce(source.run_hours + source.setup_hours, 0)
        end as source_total,
        case measures.measure
            when 'run_hours' then coalesce(mart.run_hours, 0)
            when 'setup_hours' then coalesce(mart.setup_hours, 0)
            when 'down_hours' then coalesce(mart.down_hours, 0)
            when 'operations' then coalesce(mart.operation_count, 0)
            else coalesce(mart.load_hours, 0)
        end as mart_total
    from mart
    full join source
        on
            mart.period_kind = source.period_kind
            and mart.period_start = source.period_start
    cross join measures
)

select * from compared
