-- One row per product with recurring demand, location and working day on which nothing of it was in stock.
with

lost_sales_days as (
    select * from intermediate.lost_sales_days
),

plan_prices as (
    select * from intermediate.plan_prices
),

products as (
    select * from marts.dim_product
),

-- The location's own price goes before the one for all locations.
priced as (
    select
        lost_sales_days.*,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount
    from lost_sales_days
    left join plan_prices as own_prices
        on
            lost_sales_days.product_id = own_prices.product_id
            and lost_sales_days.location_id = own_prices.location_id
            and lost_sales_days.date >= own_prices.valid_from
            and (own_prices.valid_to is null or lost_sales_days.date < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            lost_sales_days.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and lost_sales_days.date >= general_prices.valid_from
            and (general_prices.valid_to is null or lost_sales_days.date < general_prices.valid_to)
),

-- Nothing is worth nothing at any price.
projected as (
    select
        priced.product_id,
        priced.location_id,
        priced.date as stockout_date,
        priced.stock_quantity,
        priced.in_stock_quantity,
        priced.in_stock_day_count,
        priced.demand_period_count,
        priced.expected_quantity,
        priced.ordered_quantity,
        priced.lost_quantity,
        products.stock_unit,
        case
            when priced.expected_quantity = 0 then 0
            else cast(round(priced.expected_quantity * priced.price_amount, 4) as decimal(18, 4))
        end as expected_amount,
        case
            when priced.ordered_quantity = 0 then 0
            else cast(round(priced.ordered_quantity * priced.price_amount, 4) as decimal(18, 4))
        end as ordered_amount,
        case
            when priced.lost_quantity = 0 then 0
            else cast(round(priced.lost_quantity * priced.price_amount, 4) as decimal(18, 4))
        end as lost_amount,
        priced.price_amount is null as has_no_plan_price,
        $reporting_currency as currency,
        $lost_sales_periods as expected_from_periods,
        $lost_sales_recurring_periods as recurring_periods,
        $lost_sales_recurring_window_periods as recurring_window_periods,
        $demand_date as demand_dated_by
    from priced
    left join products on priced.product_id = products.product_id
)

select * from projected
