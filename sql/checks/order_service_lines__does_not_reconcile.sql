-- Every total that order_service_lines holds, beside the same total from the order and shipment lines themselves.
with

sales_orders as (
    select
        sales_orders.*,
        coalesce(sales_orders.first_promised_date, sales_orders.requested_date) as due_date,
        coalesce(sales_orders.currency, companies.currency) as price_currency
    from staging.sales_orders as sales_orders
    left join staging.locations on sales_orders.location_id = locations.location_id
    left join staging.companies on locations.company_id = companies.company_id
    where
        sales_orders.status <> 'draft'
        and (sales_orders.order_date is null or sales_orders.order_date <= $as_of)
),

-- A rate of every day, so that a line finds its own by equality.
rate_days as (
    select
        reporting_rates.from_currency,
        dim_date.date,
        reporting_rates.rate
    from intermediate.reporting_rates
    inner join marts.dim_date
        on
            dim_date.date >= reporting_rates.valid_from
            and dim_date.date < reporting_rates.valid_to
    where reporting_rates.rate_type = 'spot'
),

ordered as (
    select
        sales_orders.order_id,
        sales_orders.line_id,
        sales_orders.quantity,
        sales_orders.due_date,
        case
            when sales_orders.cancelled_date > $as_of then 0
            when sales_orders.cancelled_quantity is not null then sales_orders.cancelled_quantity
            when sales_orders.status = 'cancelled' then sales_orders.quantity
            else 0
        end as cancelled_quantity,
        case when sales_orders.cancelled_date > sales_orders.due_date then 0 else 1 end as is_cancelled_in_time,
        case
            when sales_orders.quantity = 0 then 0
            when sales_orders.price_currency = $reporting_currency
                then cast(round(sales_orders.quantity * sales_orders.unit_price, 4) as decimal(18, 4))
            else cast(
                round(
                    sales_orders.quantity
                    * cast(round(sales_orders.unit_price * rate_days.rate, 4) as decimal(18, 4)),
                    4
                ) as decimal(18, 4)
            )
        end as ordered_amount
    from sales_orders
    left join rate_days
        on
            sales_orders.price_currency = rate_days.from_currency
            and coalesce(sales_orders.order_date, sales_orders.due_date, sales_orders.promised_date) = rate_days.date
),

-- What came in time, from the shipments' side.
served as (
    select
        ordered.order_id,
        ordered.line_id,
        sum(shipments.quantity) as quantity
    from ordered
    inner join staging.shipments
        on
            ordered.order_id = shipments.order_id
            and ordered.line_id = shipments.order_line_id
    where
        case when $service_date = 'delivered' then shipments.delivered_date else shipments.shipped_date end
        <= least($as_of, ordered.due_date + $otif_grace_days)
    group by ordered.order_id, ordered.line_id
),

judged as (
    select
        ordered.quantity,
        ordered.cancelled_quantity,
        ordered.ordered_amount,
        ordered.due_date + $otif_grace_days <= $as_of
        and ordered.quantity > ordered.cancelled_quantity * ordered.is_cancelled_in_time as is_counted,
        coalesce(served.quantity, 0)
        >= (ordered.quantity - ordered.cancelled_quantity * ordered.is_cancelled_in_time)
        * (1 - $in_full_tolerance_rate) as is_in_full
    from ordered
    left join served
        on
            ordered.order_id = served.order_id
            and ordered.line_id = served.line_id
),

of_orders as (
    select
        count(*) as line_count,
        coalesce(sum(quantity), 0) as ordered_quantity,
        coalesce(sum(cancelled_quantity), 0) as cancelled_quantity,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        count(*) - count(ordered_amount) as unknown_amount_count,
        count(*) filter (where is_counted) as counted_count,
        count(*) filter (where is_counted and is_in_full) as in_full_count
    from judged
),

of_shipments as (
    select coalesce(sum(quantity), 0) as shipped_quantity
    from staging.shipments
    where shipped_date <= $as_of
),

mart as (
    select
        count(*) filter (where service_status <> 'no_order') as line_count,
        coalesce(sum(ordered_quantity), 0) as ordered_quantity,
        coalesce(sum(cancelled_quantity), 0) as cancelled_quantity,
        coalesce(sum(shipped_quantity), 0) as shipped_quantity,
        coalesce(sum(backlog_quantity), 0) - coalesce(sum(over_shipped_quantity), 0) as open_quantity,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        count(*) - count(ordered_amount) as unknown_amount_count,
        coalesce(sum(ordered_amount + over_shipped_amount), 0) as owed_amount,
        coalesce(sum(shipped_amount + cancelled_amount + backlog_amount), 0) as settled_amount,
        count(*) filter (where is_counted) as counted_count,
        count(*) filter (where is_in_full) as in_full_count
    from marts.order_service_lines
),

measures as (
    select 'order lines' as measure
    union all
    select 'ordered_quantity' as measure
    union all
    select 'cancelled_quantity' as measure
    union all
    select 'shipped_quantity' as measure
    union all
    select 'backlog_quantity less over_shipped_quantity' as measure
    union all
    select 'ordered_amount' as measure
    union all
    select 'order lines without an amount' as measure
    union all
    select 'ordered and over-shipped against shipped, cancelled and backlog amount' as measure
    union all
    select 'order lines that are counted' as measure
    union all
    select 'order lines that are in full' as measure
),

compared as (
    select
        measures.measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        case measures.measure
            when 'order lines' then of_orders.line_count
            when 'ordered_quantity' then of_orders.ordered_quantity
            when 'cancelled_quantity' then of_orders.cancelled_quantity
            when 'shipped_quantity' then of_shipments.shipped_quantity
            when 'backlog_quantity less over_shipped_quantity'
                then of_orders.ordered_quantity - of_orders.cancelled_quantity - of_shipments.shipped_quantity
            when 'ordered_amount' then of_orders.ordered_amount
            when 'order lines without an amount' then of_orders.unknown_amount_count
            when 'ordered and over-shipped against shipped, cancelled and backlog amount' then mart.owed_amount
            when 'order lines that are counted' then of_orders.counted_count
            else of_orders.in_full_count
        end as source_total,
        case measures.measure
            when 'order lines' then mart.line_count
            when 'ordered_quantity' then mart.ordered_quantity
            when 'cancelled_quantity' then mart.cancelled_quantity
            when 'shipped_quantity' then mart.shipped_quantity
            when 'backlog_quantity less over_shipped_quantity' then mart.open_quantity
            when 'ordered_amount' then mart.ordered_amount
            when 'order lines without an amount' then mart.unknown_amount_count
            when 'ordered and over-shipped against shipped, cancelled and backlog amount' then mart.settled_amount
            when 'order lines that are counted' then mart.counted_count
            else mart.in_full_count
        end as mart_total
    from of_orders
    cross join of_shipments
    cross join mart
    cross join measures
)

select * from compared
