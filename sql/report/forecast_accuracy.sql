-- One row per level, family, region, forecast and complete period.
-- The last 13, at the shortest lag; families beyond the 25 largest together.
with

summary as (
    select * from marts.forecast_accuracy_summary
    where level in ('total', 'family', 'market_region', 'family_region') and is_period_complete
),

periods as (
    select distinct
        period_kind,
        lag,
        period_start,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc, lag asc
        ) as place,
        dense_rank() over (partition by period_kind, lag order by period_start desc) as age
    from summary
    where level = 'total'
),

shown as (
    select summary.*
    from summary
    inner join periods
        on
            summary.period_kind = periods.period_kind
            and summary.lag = periods.lag
            and summary.period_start = periods.period_start
            and periods.place = 1
            and periods.age <= 13
),

families as (
    select
        product_family,
        row_number() over (order by sum(abs_actual_amount) desc nulls last, product_family asc) as place
    from shown
    where level = 'family'
    group by product_family
),

named as (
    select
        shown.*,
        case when families.place > 25 then '(others)' else shown.product_family end as family_shown
    from shown
    left join families on shown.product_family = families.product_family
),

summed as (
    select
        level,
        family_shown as product_family,
        market_region,
        forecast_type,
        lag,
        period_kind,
        period_start,
        sum(abs_error_amount) as abs_error_amount,
        sum(error_amount) as error_amount,
        sum(abs_actual_amount) as abs_actual_amount,
        min(currency) as currency,
        sum(abs_error_quantity) as abs_error_quantity,
        sum(error_quantity) as error_quantity,
        sum(abs_actual_quantity) as abs_actual_quantity,
        sum(n_missing) as n_missing
    from named
    group by level, family_shown, market_region, forecast_type, lag, period_kind, period_start
)

select * from summed
order by level asc, product_family asc, market_region asc, forecast_type asc, period_start asc
