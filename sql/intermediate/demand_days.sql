-- One row per product, location, customer group and day on which goods were wanted, shipped, invoiced or returned.
with

order_lines as (
    select * from intermediate.sales_order_lines
),

shipments as (
    select * from staging.shipments
),

invoice_lines as (
    select * from intermediate.invoice_lines
),

-- A shipment has no product of its own: it has that of its order line, also where that is a draft.
shipped as (
    select
        coalesce(order_lines.product_id, '(unknown)') as product_id,
        coalesce(order_lines.location_id, '(unknown)') as location_id,
        coalesce(order_lines.customer_group, '(unknown)') as customer_group,
        shipments.shipped_date as date,
        shipments.quantity
    from shipments
    left join order_lines
        on
            shipments.order_id = order_lines.order_id
            and shipments.order_line_id = order_lines.line_id
    where shipments.shipped_date <= $as_of
),

events as (
    select
        product_id,
        location_id,
        customer_group,
        demand_date as date,
        'ordered' as event,
        'orders' as demand_basis,
        ordered_quantity as quantity,
        cancelled_quantity,
        null as sales_amount,
        is_fallback_date
    from order_lines
    where is_demand and demand_date is not null
    union all
    select
        product_id,
        location_id,
        customer_group,
        date,
        'shipped' as event,
        'orders' as demand_basis,
        quantity,
        0 as cancelled_quantity,
        null as sales_amount,
        false as is_fallback_date
    from shipped
    union all
    select
        product_id,
        location_id,
        customer_group,
        sales_date as date,
        case when is_credit_note then 'returned' else 'invoiced' end as event,
        demand_basis,
        quantity,
        0 as cancelled_quantity,
        sales_amount,
        false as is_fallback_date
    from invoice_lines
),

-- What was returned is a quantity of its own and lowers no other.
summed as (
    select
        product_id,
        location_id,
        customer_group,
        date,
        bool_or(demand_basis = 'orders') as has_orders,
        bool_or(demand_basis = 'invoices') as has_invoices,
        sum(case when event = 'ordered' then quantity else 0 end) as ordered_quantity,
        sum(cancelled_quantity) as cancelled_quantity,
        sum(
            case
                when event = 'ordered' then quantity - cancelled_quantity
                when event = 'invoiced' and demand_basis = 'invoices' then quantity
                else 0
            end
        ) as demand_quantity,
        sum(case when event = 'shipped' then quantity else 0 end) as shipped_quantity,
        sum(case when event = 'invoiced' then quantity else 0 end) as invoiced_quantity,
        sum(case when event = 'returned' then -quantity else 0 end) as returned_quantity,
        sum(case when event = 'invoiced' then sales_amount else 0 end) as gross_sales_amount,
        sum(case when event = 'returned' then -sales_amount else 0 end) as credited_sales_amount,
        count(*) filter (where event = 'ordered') as order_line_count,
        count(*) filter (where is_fallback_date) as fallback_date_count,
        count(*) filter (where event in ('invoiced', 'returned')) as invoice_line_count,
        count(*) filter (where event in ('invoiced', 'returned') and sales_amount is null) as missing_rate_count
    from events
    group by product_id, location_id, customer_group, date
)

select * from summed
