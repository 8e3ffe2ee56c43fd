-- One row per product, location, day and kind of order (production, purchase) of which goods are still to come.
with

production_orders as (
    select * from staging.production_orders
),

purchase_orders as (
    select * from staging.purchase_orders
),

receipts as (
    select * from intermediate.purchase_line_receipts
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select location_id from marts.dim_location
),

-- What was planned alone is a proposal. An order that ended after `$as_of` was still to bring what it then brought.
production as (
    select
        product_id,
        location_id,
        coalesce(due_date, scheduled_end, scheduled_start, $as_of) as due_date,
        'production' as receipt_type,
        case
            when status = 'released'
                then greatest(0, quantity - coalesce(completed_quantity, 0) - coalesce(scrapped_quantity, 0))
            when status = 'closed' and actual_end > $as_of then coalesce(completed_quantity, 0)
            else 0
        end as open_quantity
    from production_orders
),

purchased as (
    select
        purchase_orders.product_id,
        purchase_orders.location_id,
        coalesce(purchase_orders.due_date, $as_of) as due_date,
        purchase_orders.status,
        greatest(0, purchase_orders.quantity - coalesce(receipts.received_quantity, 0)) as rest_quantity,
        coalesce(receipts.later_received_quantity, 0) as later_received_quantity
    from purchase_orders
    left join receipts
        on
            purchase_orders.purchase_order_id = receipts.purchase_order_id
            and purchase_orders.line_id = receipts.line_id
    where coalesce(purchase_orders.order_date <= $as_of, true)
),

expected as (
    select * from production
    union all
    select
        product_id,
        location_id,
        due_date,
        'purchase' as receipt_type,
        case status
            when 'open' then rest_quantity
            when 'closed' then least(rest_quantity, later_received_quantity)
            else 0
        end as open_quantity
    from purchased
),

summed as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        expected.due_date,
        expected.due_date <= $as_of as is_past_due,
        expected.receipt_type,
        sum(expected.open_quantity) as open_quantity
    from expected
    left join products on expected.product_id = products.product_id
    left join locations on expected.location_id = locations.location_id
    where expected.open_quantity <> 0
    group by
        coalesce(products.product_id, '(unknown)'),
        coalesce(locations.location_id, '(unknown)'),
        expected.due_date,
        expected.receipt_type
)

select * from summed
