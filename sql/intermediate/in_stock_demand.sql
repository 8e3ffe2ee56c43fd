-- One row per product that was missed, location and fiscal month with demand on days that were not out of stock.
with

demand_days as (
    select * from intermediate.demand_days
),

stockout_days as (
    select * from intermediate.stockout_days
),

month_days as (
    select * from intermediate.month_days
),

missed as (
    select distinct product_id, location_id
    from stockout_days
    where is_recurring and is_working_day
),

in_stock as (
    select
        demand_days.product_id,
        demand_days.location_id,
        month_days.period_index,
        demand_days.demand_quantity
    from demand_days
    inner join missed
        on
            demand_days.product_id = missed.product_id
            and demand_days.location_id = missed.location_id
    inner join month_days on demand_days.date = month_days.date
    left join stockout_days
        on
            demand_days.product_id = stockout_days.product_id
            and demand_days.location_id = stockout_days.location_id
            and demand_days.date = stockout_days.date
    where stockout_days.date is null
),

summed as (
    select
        product_id,
        location_id,
        period_index,
        sum(demand_quantity) as demand_quantity
    from in_stock
    group by product_id, location_id, period_index
)

select * from summed
