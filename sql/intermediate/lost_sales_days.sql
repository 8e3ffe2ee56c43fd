-- One row per product with recurring demand, location and working day without stock: what was expected and what ordered.
with

stockout_days as (
    select * from intermediate.stockout_days
),

expectations as (
    select * from intermediate.lost_sales_expectations
),

recurring_demand as (
    select * from intermediate.recurring_demand
),

demand_days as (
    select * from intermediate.demand_days
),

demanded as (
    select
        product_id,
        location_id,
        date,
        sum(demand_quantity) as demand_quantity
    from demand_days
    group by product_id, location_id, date
),

compared as (
    select
        stockout_days.product_id,
        stockout_days.location_id,
        stockout_days.date,
        stockout_days.stock_quantity,
        recurring_demand.demand_period_count,
        expectations.in_stock_quantity,
        expectations.in_stock_day_count,
        expectations.expected_quantity,
        cast(coalesce(demanded.demand_quantity, 0) as decimal(18, 4)) as ordered_quantity
    from stockout_days
    inner join recurring_demand
        on
            stockout_days.product_id = recurring_demand.product_id
            and stockout_days.location_id = recurring_demand.location_id
            and stockout_days.period_index = recurring_demand.period_index
    left join expectations
        on
            stockout_days.product_id = expectations.product_id
            and stockout_days.location_id = expectations.location_id
            and stockout_days.period_index = expectations.period_index
    left join demanded
        on
            stockout_days.product_id = demanded.product_id
            and stockout_days.location_id = demanded.location_id
            and stockout_days.date = demanded.date
    where stockout_days.is_working_day
),

-- Without an expectation nobody knows what was lost; a maximum beside NULL would say 0.
lost as (
    select
        *,
        case
            when expected_quantity is not null
                then cast(greatest(0, expected_quantity - ordered_quantity) as decimal(18, 4))
        end as lost_quantity
    from compared
)

select * from lost
