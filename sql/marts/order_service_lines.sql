-- One row per order line but drafts, and per line that is no order and of which something was shipped.
with

valued as (
    select * from intermediate.order_service_valued
),

products as (
    select * from marts.dim_product
),

event_dates as (
    select * from intermediate.event_dates
),

-- How far the extracts know what happened, where they know more than `$as_of`.
states as (
    select max(date) as state_known_at
    from event_dates
    where
        event in (
            'sales_orders.order_date',
            'sales_orders.cancelled_date',
            'shipments.shipped_date',
            'shipments.delivered_date'
        )
        and date > $as_of
),

projected as (
    select
        valued.order_id,
        valued.line_id,
        valued.customer_id,
        valued.product_id,
        products.family as product_family,
        valued.location_id,
        valued.status,
        valued.order_date,
        valued.requested_date,
        valued.first_promised_date,
        valued.promised_date,
        coalesce(valued.promised_date <> valued.first_promised_date, false) as is_repromised,
        valued.due_date,
        valued.latest_date,
        case
            when valued.is_order
                then coalesce(
                    valued.due_date, valued.promised_date, valued.order_date, valued.last_shipped_date, $as_of
                )
            else coalesce(valued.last_shipped_date, valued.last_service_date, $as_of)
        end as period_date,
        valued.cancelled_date,
        valued.first_shipped_date,
        valued.last_shipped_date,
        valued.last_service_date,
        valued.shipment_count,
        valued.service_status,
        valued.is_counted,
        case when valued.is_counted then valued.service_status in ('in_full', 'short') end as is_on_time,
        case when valued.is_counted then valued.service_status = 'in_full' end as is_in_full,
        case when valued.is_counted then valued.service_status = 'in_full' end as is_otif,
        case
            when valued.is_counted
                then valued.served_quantity >= valued.wanted_quantity * (1 - $in_full_tolerance_rate)
        end as is_complete,
        case
            when valued.service_status = 'late' and valued.last_service_date > valued.latest_date
                then valued.last_service_date - valued.due_date
        end as days_late,
        case when valued.past_due_quantity > 0 then $as_of - valued.due_date end as days_past_due,
        cast(valued.ordered_quantity as decimal(18, 4)) as ordered_quantity,
        cast(valued.cancelled_quantity as decimal(18, 4)) as cancelled_quantity,
        cast(valued.shipped_quantity as decimal(18, 4)) as shipped_quantity,
        cast(valued.delivered_quantity as decimal(18, 4)) as delivered_quantity,
        cast(valued.backlog_quantity as decimal(18, 4)) as backlog_quantity,
        cast(valued.past_due_quantity as decimal(18, 4)) as past_due_quantity,
        cast(valued.closed_short_quantity as decimal(18, 4)) as closed_short_quantity,
        cast(valued.over_shipped_quantity as decimal(18, 4)) as over_shipped_quantity,
        cast(valued.due_quantity as decimal(18, 4)) as due_quantity,
        cast(valued.filled_quantity as decimal(18, 4)) as filled_quantity,
        case
            when valued.due_quantity > 0
                then cast(valued.filled_quantity as double) / valued.due_quantity
        end as fill_rate,
        products.stock_unit,
        valued.unit_price_amount,
        valued.price_status,
        cast(valued.ordered_amount as decimal(18, 4)) as ordered_amount,
        cast(valued.cancelled_amount as decimal(18, 4)) as cancelled_amount,
        cast(valued.shipped_amount as decimal(18, 4)) as shipped_amount,
        cast(valued.backlog_amount as decimal(18, 4)) as backlog_amount,
        cast(valued.over_shipped_amount as decimal(18, 4)) as over_shipped_amount,
        cast(valued.past_due_amount as decimal(18, 4)) as past_due_amount,
        cast(valued.closed_short_amount as decimal(18, 4)) as closed_short_amount,
        cast(valued.due_amount as decimal(18, 4)) as due_amount,
        cast(valued.filled_amount as decimal(18, 4)) as filled_amount,
        $reporting_currency as currency,
        $service_date as served_by,
        $otif_grace_days as grace_days,
        $in_full_tolerance_rate as tolerance_rate,
        states.state_known_at
    from valued
    left join products on valued.product_id = products.product_id
    cross join states
)

select * from projected
