-- One row per order line of which something is known to be shipped or delivered, known as a line or not.
with

shipments as (
    select * from staging.shipments
),

order_lines as (
    select * from intermediate.sales_order_lines
),

dated as (
    select
        coalesce(shipments.order_id, '(unknown)') as order_id,
        coalesce(shipments.order_line_id, '(unknown)') as line_id,
        shipments.quantity,
        shipments.shipped_date,
        shipments.delivered_date,
        case $service_date when 'delivered' then shipments.delivered_date else shipments.shipped_date end
            as service_date,
        order_lines.due_date + $otif_grace_days as latest_date
    from shipments
    left join order_lines
        on
            shipments.order_id = order_lines.order_id
            and shipments.order_line_id = order_lines.line_id
    where shipments.quantity > 0
),

-- A shipment without a day has not happened; one after `$as_of` only tells that the line was still open then.
summed as (
    select
        order_id,
        line_id,
        count(*) filter (where shipped_date <= $as_of) as shipment_count,
        count(*) filter (where service_date <= $as_of) as service_count,
        count(*) filter (where shipped_date > $as_of) as later_shipment_count,
        sum(case when shipped_date <= $as_of then quantity else 0 end) as shipped_quantity,
        sum(case when shipped_date > $as_of then quantity else 0 end) as later_shipped_quantity,
        sum(case when delivered_date <= $as_of then quantity else 0 end) as delivered_quantity,
        sum(case when service_date <= $as_of then quantity else 0 end) as served_quantity,
        sum(case when service_date <= $as_of and service_date <= latest_date then quantity else 0 end)
            as in_time_quantity,
        min(case when shipped_date <= $as_of then shipped_date end) as first_shipped_date,
        max(case when shipped_date <= $as_of then shipped_date end) as last_shipped_date,
        max(case when service_date <= $as_of then service_date end) as last_service_date
    from dated
    group by order_id, line_id
)

select * from summed
