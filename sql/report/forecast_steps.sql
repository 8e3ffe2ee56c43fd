-- One row per level, family, region, step of planning and complete period.
-- The last 13, at the shortest lag; families beyond the 25 largest are left out.
with

steps as (
    select * from marts.forecast_value_added
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
    from steps
    where level = 'total'
),

shown as (
    select steps.*
    from steps
    inner join periods
        on
            steps.period_kind = periods.period_kind
            and steps.lag = periods.lag
            and steps.period_start = periods.period_start
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

largest as (
    select
        shown.level,
        shown.product_family,
        shown.market_region,
        shown.step,
        shown.step_number,
        shown.lag,
        shown.period_kind,
        shown.period_start,
        shown.n_compared,
        shown.abs_error_amount,
        shown.error_amount,
        shown.abs_actual_amount,
        shown.currency,
        shown.abs_error_quantity,
        shown.error_quantity,
        shown.abs_actual_quantity
    from shown
    left join families on shown.product_family = families.product_family
    where families.place is null or families.place <= 25
)

select * from largest
order by level asc, product_family asc, market_region asc, step_number asc, period_start asc
