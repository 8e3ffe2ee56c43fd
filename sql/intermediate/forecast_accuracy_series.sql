-- One row per level, its member, forecast type, lag, kind of period and basis on which its periods are counted.
with

by_status as (
    select * from intermediate.forecast_accuracy_by_status
),

statuses as (
    select
        level,
        level_id,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        forecast_type,
        lag,
        period_kind,
        forecast_status
    from by_status
    group by
        level,
        level_id,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        forecast_type,
        lag,
        period_kind,
        forecast_status
),

-- A number stands for the keys, since it is compared in no time.
numbered as (
    select
        dense_rank() over (
            order by level asc, level_id asc, forecast_type asc, lag asc, period_kind asc
        ) as series_number,
        *
    from statuses
),

-- Where nothing was carried and nothing is missing, those bases would say what the first says.
with_bases as (
    select
        *,
        'present' as basis
    from numbered
    union all
    select
        *,
        case forecast_status when 'carried' then 'with_carried' else 'missing_as_zero' end as basis
    from numbered
    where forecast_status in ('carried', 'missing')
),

series as (
    select
        series_number,
        basis,
        level,
        level_id,
        coalesce(product_id, '(all)') as product_id,
        coalesce(product_family, '(all)') as product_family,
        coalesce(category, '(all)') as category,
        coalesce(location_id, '(all)') as location_id,
        coalesce(market_region, '(all)') as market_region,
        forecast_type,
        lag,
        period_kind
    from with_bases
    group by
        series_number,
        basis,
        level,
        level_id,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        forecast_type,
        lag,
        period_kind
)

select * from series
