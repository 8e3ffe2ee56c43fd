-- One row per grain that forecasts have, what it is broken down by, and kind of period: a series of actuals.
with

actuals as (
    select * from intermediate.actuals_by_grain
),

spans as (
    select * from intermediate.forecast_spans
),

days as (
    select * from intermediate.forecast_period_days
),

products as (
    select * from marts.dim_product
),

all_keys as (
    select
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_kind,
        period_index as first_demand_index,
        period_index as last_demand_index,
        case when actual_quantity = 0 then null else period_index end as sample_start_index,
        cast(null as bigint) as first_target_index,
        planning_unit
    from actuals
    union all
    select
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_kind,
        null as first_demand_index,
        null as last_demand_index,
        null as sample_start_index,
        first_target_index,
        null as planning_unit
    from spans
),

summed as (
    select
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_kind,
        min(first_demand_index) as first_demand_index,
        max(last_demand_index) as last_demand_index,
        min(sample_start_index) as sample_start_index,
        min(first_target_index) as first_target_index,
        case when min(planning_unit) = max(planning_unit) then min(planning_unit) end as common_unit
    from all_keys
    group by grain, product_id, product_family, location_id, customer_group, salesperson_id, period_kind
),

as_of_periods as (
    select
        period_kind,
        period_index as as_of_index
    from days
    where date = $as_of
),

-- An end of life before the calendar's first day is before every demand.
completed as (
    select
        summed.*,
        as_of_periods.as_of_index,
        case
            when products.end_of_life_date < $as_of then coalesce(days.period_index, 0)
            else as_of_periods.as_of_index
        end as end_of_life_index,
        least(summed.first_demand_index, summed.first_target_index) as first_index,
        case when summed.product_id = '(all)' then summed.common_unit else products.stock_unit end as quantity_unit,
        case when summed.product_id = '(all)' then summed.common_unit else products.planning_unit end as planning_unit
    from summed
    inner join as_of_periods on summed.period_kind = as_of_periods.period_kind
    left join products on summed.product_id = products.product_id
    left join days
        on
            products.end_of_life_date = days.date
            and summed.period_kind = days.period_kind
),

numbered as (
    select
        row_number() over (
            order by
                period_kind asc, grain asc, product_id asc, product_family asc, location_id asc, customer_group asc,
                salesperson_id asc
        ) as series_id,
        *
    from completed
)

select * from numbered
