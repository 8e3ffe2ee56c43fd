-- One row per product, location, customer group and day with demand, shipments or invoices, valued at plan price.
with

days as (
    select * from intermediate.demand_days
),

plan_prices as (
    select * from intermediate.plan_prices
),

-- The location's own price goes before the one for all locations.
priced as (
    select
        days.*,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount
    from days
    left join plan_prices as own_prices
        on
            days.product_id = own_prices.product_id
            and days.location_id = own_prices.location_id
            and days.date >= own_prices.valid_from
            and (own_prices.valid_to is null or days.date < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            days.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and days.date >= general_prices.valid_from
            and (general_prices.valid_to is null or days.date < general_prices.valid_to)
),

-- Rounded by day, so that periods of every kind add up to the same amount. Nothing is worth nothing at any price.
valued as (
    select
        *,
        case
            when ordered_quantity = 0 then 0
            else cast(round(ordered_quantity * price_amount, 4) as decimal(18, 4))
        end as ordered_amount,
        case
            when cancelled_quantity = 0 then 0
            else cast(round(cancelled_quantity * price_amount, 4) as decimal(18, 4))
        end as cancelled_amount,
        case
            when demand_quantity = 0 then 0
            else cast(round(demand_quantity * price_amount, 4) as decimal(18, 4))
        end as demand_amount,
        case
            when shipped_quantity = 0 then 0
            else cast(round(shipped_quantity * price_amount, 4) as decimal(18, 4))
        end as shipped_amount,
        case
            when invoiced_quantity = 0 then 0
            else cast(round(invoiced_quantity * price_amount, 4) as decimal(18, 4))
        end as invoiced_amount,
        case
            when returned_quantity = 0 then 0
            else cast(round(returned_quantity * price_amount, 4) as decimal(18, 4))
        end as returned_amount,
        price_amount is null as has_no_plan_price
    from priced
)

select * from valued
