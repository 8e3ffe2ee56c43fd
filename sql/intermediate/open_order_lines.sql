-- One row per order line that is demand: the day on which it is due, what of it was shipped by `$as_of`, and what is open.
with

order_lines as (
    select * from intermediate.sales_order_lines
),

shipments as (
    select * from intermediate.order_line_shipments
),

-- What has no date at all is due at once. What was cancelled after `$as_of` was still wanted then.
due as (
    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.product_id,
        order_lines.location_id,
        case $supply_order_date
            when 'requested'
                then coalesce(order_lines.requested_date, order_lines.promised_date, order_lines.order_date, $as_of)
            else coalesce(order_lines.promised_date, order_lines.requested_date, order_lines.order_date, $as_of)
        end as due_date,
        case
            when order_lines.status = 'cancelled' and order_lines.cancelled_date > $as_of then 'firm'
            else order_lines.status
        end as status,
        order_lines.ordered_quantity
        - case when order_lines.cancelled_date > $as_of then 0 else order_lines.cancelled_quantity end as demand_quantity,
        coalesce(shipments.shipped_quantity, 0) as shipped_quantity,
        coalesce(shipments.later_shipped_quantity, 0) as later_shipped_quantity
    from order_lines
    left join shipments
        on
            order_lines.order_id = shipments.order_id
            and order_lines.line_id = shipments.line_id
    where order_lines.is_demand
),

-- Of a line that is closed by now, what was shipped after `$as_of` was still open then.
opened as (
    select
        order_id,
        line_id,
        product_id,
        location_id,
        due_date,
        least(demand_quantity, shipped_quantity) as shipped_quantity,
        case status
            when 'firm' then greatest(0, demand_quantity - shipped_quantity)
            when 'closed' then least(greatest(0, demand_quantity - shipped_quantity), later_shipped_quantity)
            else 0
        end as open_quantity
    from due
)

select * from opened
