-- Every total that demand_history holds, beside the same total from the order, shipment and invoice lines themselves.
with

sales_orders as (
    select * from staging.sales_orders
),

shipments as (
    select * from staging.shipments
),

sales as (
    select * from staging.sales
),

customers as (
    select * from staging.customers
),

products as (
    select * from staging.products
),

locations as (
    select * from staging.locations
),

companies as (
    select * from staging.companies
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

period_kinds as (
    select distinct period_kind from settings.demand_history_period_kinds
),

calendar_days as (
    select * from intermediate.period_days
),

days as (
    select date from marts.dim_date
),

demand_history as (
    select * from marts.demand_history
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

-- A rate of every day, so that a line finds its own by equality.
rate_days as (
    select
        reporting_rates.from_currency,
        days.date,
        reporting_rates.rate
    from reporting_rates
    inner join days
        on
            days.date >= reporting_rates.valid_from
            and days.date < reporting_rates.valid_to
    where reporting_rates.rate_type = 'spot'
),

ordered as (
    select
        case
            when $demand_date = 'requested' and requested_date is not null then requested_date
            when $demand_date = 'promised' and promised_date is not null then promised_date
            when order_date is not null then order_date
            else coalesce(requested_date, promised_date)
        end as date,
        quantity as ordered_quantity,
        case
            when cancelled_quantity is not null then cancelled_quantity
            when status = 'cancelled' then quantity
            else 0
        end as cancelled_quantity
    from sales_orders
    where
        status in ('firm', 'closed', 'cancelled')
        and (order_date is null or order_date <= $as_of)
),

origins as (
    select
        invoice_id,
        min(invoice_date) as invoice_date
    from sales
    where
        is_credit_note = false
        and invoice_date <= $as_of
    group by invoice_id
),

order_ids as (
    select distinct order_id from sales_orders
),

systems as (
    select
        source_system,
        count(*) as line_count
    from sales_orders
    group by source_system
),

invoiced as (
    select
        case
            when sales.is_credit_note and $return_period = 'origin' and origins.invoice_date is not null
                then origins.invoice_date
            else sales.invoice_date
        end as date,
        case when sales.is_credit_note then 0 else coalesce(sales.quantity, 0) end as invoiced_quantity,
        case when sales.is_credit_note then coalesce(-sales.quantity, 0) else 0 end as returned_quantity,
        case
            when sales.is_credit_note or systems.line_count is not null or order_ids.order_id is not null then 0
            else coalesce(sales.quantity, 0)
        end as demand_quantity,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customers.customer_group, '(unknown)') as customer_group,
        case
            when coalesce(sales.currency, companies.currency) = $reporting_currency then sales.net_amount
            else cast(round(sales.net_amount * rate_days.rate, 4) as decimal(18, 4))
        end as net_amount
    from sales
    left join origins on sales.origin_invoice_id = origins.invoice_id
    left join order_ids on sales.order_id = order_ids.order_id
    left join systems on coalesce(sales.source_system, '') = coalesce(systems.source_system, '')
    left join products on sales.product_id = products.product_id
    left join locations on sales.location_id = locations.location_id
    left join companies on locations.company_id = companies.company_id
    left join customers on sales.customer_id = customers.customer_id
    left join rate_days
        on
            coalesce(sales.currency, companies.currency) = rate_days.from_currency
            and sales.invoice_date = rate_days.date
    where sales.invoice_date <= $as_of
),

-- What lies on a day without a period stays, with a period that the mart cannot have. Of an amount of which a part is
-- not known the mart says nothing; the lines of such a row are counted.
invoiced_rows as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(invoiced.demand_quantity) as demand_quantity,
        sum(invoiced.invoiced_quantity) as invoiced_quantity,
        sum(invoiced.returned_quantity) as returned_quantity,
        case when count(*) = count(invoiced.net_amount) then sum(invoiced.net_amount) end as net_sales_amount,
        count(*) - count(invoiced.net_amount) as missing_rate_count
    from invoiced
    left join period_days on invoiced.date = period_days.date
    group by
        period_days.period_kind,
        period_days.period_start,
        invoiced.product_id,
        invoiced.location_id,
        invoiced.customer_group
),

dated_totals as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(ordered.ordered_quantity) as ordered_quantity,
        sum(ordered.cancelled_quantity) as cancelled_quantity,
        sum(ordered.ordered_quantity - ordered.cancelled_quantity) as demand_quantity,
        0 as shipped_quantity,
        0 as invoiced_quantity,
        0 as returned_quantity,
        0 as net_sales_amount,
        0 as missing_rate_count
    from ordered
    left join period_days on ordered.date = period_days.date
    group by period_days.period_kind, period_days.period_start
    union all
    select
        period_days.period_kind,
        period_days.period_start,
        0 as ordered_quantity,
        0 as cancelled_quantity,
        0 as demand_quantity,
        sum(shipments.quantity) as shipped_quantity,
        0 as invoiced_quantity,
        0 as returned_quantity,
        0 as net_sales_amount,
        0 as missing_rate_count
    from shipments
    left join period_days on shipments.shipped_date = period_days.date
    where shipments.shipped_date <= $as_of
    group by period_days.period_kind, period_days.period_start
    union all
    select
        period_kind,
        period_start,
        0 as ordered_quantity,
        0 as cancelled_quantity,
        sum(demand_quantity) as demand_quantity,
        0 as shipped_quantity,
        sum(invoiced_quantity) as invoiced_quantity,
        sum(returned_quantity) as returned_quantity,
        sum(net_sales_amount) as net_sales_amount,
        sum(missing_rate_count) as missing_rate_count
    from invoiced_rows
    group by period_kind, period_start
),

all_totals as (
    select
        'source' as origin,
        *
    from dated_totals
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        ordered_quantity,
        cancelled_quantity,
        demand_quantity,
        shipped_quantity,
        invoiced_quantity,
        returned_quantity,
        net_sales_amount,
        missing_rate_count
    from demand_history
),

summed as (
    select
        period_kind,
        period_start,
        origin,
        sum(ordered_quantity) as ordered_quantity,
        sum(cancelled_quantity) as cancelled_quantity,
        sum(demand_quantity) as demand_quantity,
        sum(shipped_quantity) as shipped_quantity,
        sum(invoiced_quantity) as invoiced_quantity,
        sum(returned_quantity) as returned_quantity,
        coalesce(sum(net_sales_amount), 0) as net_sales_amount,
        sum(missing_rate_count) as missing_rate_count
    from all_totals
    group by period_kind, period_start, origin
),

measures as (
    select 'ordered_quantity' as measure
    union all
    select 'cancelled_quantity' as measure
    union all
    select 'demand_quantity' as measure
    union all
    select 'shipped_quantity' as measure
    union all
    select 'invoiced_quantity' as measure
    union all
    select 'returned_quantity' as measure
    union all
    select 'net_sales_amount' as measure
    union all
    select 'invoice lines without a rate' as measure
),

totals as (
    select
        measures.measure,
        summed.period_kind,
        summed.period_start,
        summed.origin,
        case measures.measure
            when 'ordered_quantity' then summed.ordered_quantity
            when 'cancelled_quantity' then summed.cancelled_quantity
            when 'demand_quantity' then summed.demand_quantity
            when 'shipped_quantity' then summed.shipped_quantity
            when 'invoiced_quantity' then summed.invoiced_quantity
            when 'returned_quantity' then summed.returned_quantity
            when 'net_sales_amount' then summed.net_sales_amount
            else summed.missing_rate_count
        end as total
    from summed
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
