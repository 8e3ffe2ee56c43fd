-- One row per forecast type and grain: what it is broken down by. A type should have one, and one with its salespeople.
with

spans as (
    select * from intermediate.forecast_spans
),

given as (
    select distinct
        forecast_type,
        grain
    from spans
),

-- What the plain forecasts are compared by that anybody can make from actuals alone.
computed as (
    select
        'naive' as forecast_type,
        case $naive_grain
            when 'product' then 'product'
            when 'product_location' then 'product x location'
            else 'product x location x customer_group'
        end as grain
),

all_types as (
    select * from given
    union all
    select * from computed
    union all
    select 'seasonal_naive' as forecast_type, grain from computed
),

described as (
    select
        forecast_type,
        grain,
        starts_with(grain, 'product') as is_by_product,
        starts_with(grain, 'family') as is_by_family,
        strpos(grain, ' x location') > 0 as is_by_location,
        strpos(grain, ' x customer_group') > 0 as is_by_customer_group,
        strpos(grain, ' x salesperson') > 0 as is_by_salesperson
    from all_types
)

select * from described
