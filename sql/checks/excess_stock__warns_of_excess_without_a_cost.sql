-- Every product and location with excess stock whose cost is not known: nothing is reserved for its want of demand.
with

excess_stock as (
    select * from marts.excess_stock
),

without_cost as (
    select
        product_id,
        location_id,
        excess_quantity,
        stock_unit,
        has_no_rate
    from excess_stock
    where excess_quantity > 0 and has_no_cost
)

select * from without_cost
