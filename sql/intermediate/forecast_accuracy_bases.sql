-- One row per level, its member, forecast type, lag, kind of period and basis on which its periods are counted.
with

by_status as (
    select * from intermediate.forecast_accuracy_by_status
),

statuses as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        forecast_status
    from by_status
    group by level, level_id, forecast_type, lag, period_kind, forecast_status
),

-- Where nothing was carried and nothing is missing, those bases would say what the first says.
bases as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        'present' as basis
    from statuses
    group by level, level_id, forecast_type, lag, period_kind
    union all
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        case forecast_status when 'carried' then 'with_carried' else 'missing_as_zero' end as basis
    from statuses
    where forecast_status in ('carried', 'missing')
)

select * from bases
