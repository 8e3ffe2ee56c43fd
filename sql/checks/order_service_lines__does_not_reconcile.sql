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
        sales_orders.status,
        sales_orders.cancelled_date,
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

sent as (
    select
        order_id,
        order_line_id,
        quantity,
        shipped_date,
        case when $service_date = 'delivered' then delivered_date else shipped_date end as service_date
    from staging.shipments
    where quantity > 0
),

-- What came in time, what came at all and what left, from the shipments' side.
served as (
    select
        ordered.order_id,
        ordered.line_id,
        sum(sent.quantity) filter (
            where sent.service_date <= least($as_of, ordered.due_date + $otif_grace_days)
        ) as in_time_quantity,
        sum(sent.quantity) filter (where sent.service_date <= $as_of) as served_quantity,
        sum(sent.quantity) filter (where sent.shipped_date <= $as_of) as shipped_quantity,
        sum(sent.quantity) filter (where sent.shipped_date > $as_of) as later_quantity
    from ordered
    inner join sent
        on
            ordered.order_id = sent.order_id
            and ordered.line_id = sent.order_line_id
    group by ordered.order_id, ordered.line_id
),

measured as (
    select
        ordered.*,
        ordered.quantity - ordered.cancelled_quantity * ordered.is_cancelled_in_time as wanted_quantity,
        coalesce(served.in_time_quantity, 0) as in_time_quantity,
        coalesce(served.served_quantity, 0) as served_quantity,
        coalesce(served.shipped_quantity, 0) as shipped_quantity,
        ordered.status in ('closed', 'cancelled')
        and served.later_quantity is null
        and (ordered.cancelled_date is null or ordered.cancelled_date <= $as_of) as is_done
    from ordered
    left join served
        on
            ordered.order_id = served.order_id
            and ordered.line_id = served.line_id
),

-- On time is what has something in time, nothing else after, and nothing more to come.
judged as (
    select
        *,
        due_date + $otif_grace_days <= $as_of and wanted_quantity > 0 as is_counted,
        in_time_quantity >= wanted_quantity * (1 - $in_full_tolerance_rate) as is_in_full,
        in_time_quantity > 0
        and served_quantity = in_time_quantity
        and (is_done or quantity - cancelled_quantity <= shipped_quantity)
        and shipped_quantity <= served_quantity as is_on_time,
        case
            when due_date + $otif_grace_days <= $as_of and is_done = false
                then greatest(0, quantity - cancelled_quantity - shipped_quantity)
            else 0
        end as past_due_quantity
    from measured
),

of_orders as (
    select
        count(*) as line_count,
        coalesce(sum(quantity), 0) as ordered_quantity,
        coalesce(sum(cancelled_quantity), 0) as cancelled_quantity,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        count(*) - count(ordered_amount) as unknown_amount_count,
        coalesce(sum(past_due_quantity), 0) as past_due_quantity,
        coalesce(sum(least(in_time_quantity, wanted_quantity)) filter (where is_counted), 0) as filled_quantity,
        count(*) filter (where is_counted) as counted_count,
        count(*) filter (where is_counted and is_in_full) as in_full_count,
        count(*) filter (where is_counted and (is_in_full or is_on_time)) as on_time_count
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
        count(*) filter (where is_in_full) as in_full_count,
        count(*) filter (where is_on_time) as on_time_count,
        coalesce(sum(past_due_quantity), 0) as past_due_quantity,
        coalesce(sum(filled_quantity), 0) as filled_quantity
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
    union all
    select 'order lines that are on time' as measure
    union all
    select 'past_due_quantity' as measure
    union all
    select 'filled_quantity' as measure
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
            when 'order lines that are in full' then of_orders.in_full_count
            when 'past_due_quantity' then of_orders.past_due_quantity
            when 'filled_quantity' then of_orders.filled_quantity
            else of_orders.on_time_count
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
            when 'order lines that are in full' then mart.in_full_count
            when 'past_due_quantity' then mart.past_due_quantity
            when 'filled_quantity' then mart.filled_quantity
            else mart.on_time_count
        end as mart_total
    from of_orders
    cross join of_shipments
    cross join mart
    cross join measures
)

select * from compared
