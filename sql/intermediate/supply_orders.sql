-- One row per product, location and day on which customers' orders are due: what is booked, and what is still to be shipped.
with

order_lines as (
    select * from intermediate.open_order_lines
),

-- What was shipped before it was due takes its part of the forecast of the day on which it was due.
summed as (
    select
        product_id,
        location_id,
        due_date,
        due_date <= $as_of as is_past_due,
        sum(shipped_quantity + open_quantity) as booked_quantity,
        sum(open_quantity) as open_quantity
    from order_lines
    where
        open_quantity <> 0
        or due_date > $as_of
    group by product_id, location_id, due_date
)

select * from summed
