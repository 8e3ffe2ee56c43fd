-- One row per product, forecast and complete period.
-- The last 13, at the shortest lag; of each family the 6 products that missed most, and the others together.
with

summary as (
    select * from marts.forecast_accuracy_summary
    where level in ('total', 'product') and is_period_complete
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
    where summary.level = 'product'
),

misses as (
    select
        product_id,
        min(product_family) as product_family,
        sum(abs_error_amount) as missed_amount,
        sum(abs_error_quantity) as missed_quantity
    from shown
    group by product_id
),

ranked as (
    select
        product_id,
        row_number() over (
            partition by product_family
            order by missed_amount desc nulls last, missed_quantity desc nulls last, product_id asc
        ) as place,
        count(*) over (partition by product_family) as product_count
    from misses
),

named as (
    select
        shown.*,
        case when ranked.place > 6 then '(others)' else shown.product_id end as product_shown,
        case when ranked.place > 6 then null else products.name end as product_name,
        greatest(ranked.product_count - 6, 0) as other_product_count
    from shown
    inner join ranked on shown.product_id = ranked.product_id
    left join marts.dim_product as products on shown.product_id = products.product_id
),

summed as (
    select
        product_family,
        product_shown as product_id,
        product_name,
        other_product_count,
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
        sum(abs_actual_quantity) as abs_actual_quantity
    from named
    group by
        product_family, product_shown, product_name, other_product_count, forecast_type, lag, period_kind, period_start
)

select * from summed
order by product_family asc, product_id asc, forecast_type asc, period_start asc
limit 12000
