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
    where is_credit_note = false
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
            else cast(round(sales.net_amount * reporting_rates.rate, 4) as decimal(18, 4))
        end as net_amount
    from sales
    left join origins on sales.origin_invoice_id = origins.invoice_id
    left join order_ids on sales.order_id = order_ids.order_id
    left join systems on coalesce(sales.source_system, '') = coalesce(systems.source_system, '')
    left join products on sales.product_id = products.product_id
    left join locations on sales.location_id = locations.location_id
    left join companies on locations.company_id = companies.company_id
    left join customers on sales.customer_id = customers.customer_id
    left join reporting_rates
        on
            coalesce(sales.currency, companies.currency) = reporting_rates.from_currency
            and sales.invoice_date >= reporting_rates.valid_from
            and sales.invoice_date < coalesce(reporting_rates.valid_to, $calendar_last_date + 1)
            and reporting_rates.rate_type = 'spot'
    where sales.invoice_date <= $as_of
),

-- The mart says nothing of an amount of which a part is not known; the lines of such a row count one by one.
invoiced_cells as (
    select
        period_days.period_kind,
        period_days.period_start,
        case when count(*) = count(invoiced.net_amount) then sum(invoiced.net_amount) else 0 end as net_amount,
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

dated_quantities as (
    select 'ordered_quantity' as measure, date, ordered_quantity as quantity from ordered
    union all
    select 'cancelled_quantity' as measure, date, cancelled_quantity as quantity from ordered
    union all
    select 'demand_quantity' as measure, date, ordered_quantity - cancelled_quantity as quantity from ordered
    union all
    select 'demand_quantity' as measure, date, demand_quantity as quantity from invoiced
    union all
    select 'shipped_quantity' as measure, shipped_date as date, quantity from shipments where shipped_date <= $as_of
    union all
    select 'invoiced_quantity' as measure, date, invoiced_quantity as quantity from invoiced
    union all
    select 'returned_quantity' as measure, date, returned_quantity as quantity from invoiced
),

-- What lies on a day without a period stays, with a period that the mart cannot have.
source_totals as (
    select
        dated_quantities.measure,
        period_days.period_kind,
        period_days.period_start,
        sum(dated_quantities.quantity) as source_total
    from dated_quantities
    left join period_days on dated_quantities.date = period_days.date
    group by dated_quantities.measure, period_days.period_kind, period_days.period_start
    union all
    select
        'net_sales_amount' as measure,
        period_kind,
        period_start,
        sum(net_amount) as source_total
    from invoiced_cells
    group by period_kind, period_start
    union all
    select
        'lines without a rate' as measure,
        period_kind,
        period_start,
        sum(missing_rate_count) as source_total
    from invoiced_cells
    group by period_kind, period_start
),

mart_sums as (
    select
        period_kind,
        period_start,
        sum(ordered_quantity) as ordered_quantity,
        sum(cancelled_quantity) as cancelled_quantity,
        sum(demand_quantity) as demand_quantity,
        sum(shipped_quantity) as shipped_quantity,
        sum(invoiced_quantity) as invoiced_quantity,
        sum(returned_quantity) as returned_quantity,
        coalesce(sum(net_sales_amount), 0) as net_sales_amount,
        sum(missing_rate_count) as missing_rate_count
    from demand_history
    group by period_kind, period_start
),

mart_totals as (
    select 'ordered_quantity' as measure, period_kind, period_start, ordered_quantity as mart_total from mart_sums
    union all
    select 'cancelled_quantity' as measure, period_kind, period_start, cancelled_quantity as mart_total from mart_sums
    union all
    select 'demand_quantity' as measure, period_kind, period_start, demand_quantity as mart_total from mart_sums
    union all
    select 'shipped_quantity' as measure, period_kind, period_start, shipped_quantity as mart_total from mart_sums
    union all
    select 'invoiced_quantity' as measure, period_kind, period_start, invoiced_quantity as mart_total from mart_sums
    union all
    select 'returned_quantity' as measure, period_kind, period_start, returned_quantity as mart_total from mart_sums
    union all
    select 'net_sales_amount' as measure, period_kind, period_start, net_sales_amount as mart_total from mart_sums
    union all
    select 'lines without a rate' as measure, period_kind, period_start, missing_rate_count as mart_total from mart_sums
),

compared as (
    select
        coalesce(source_totals.measure, mart_totals.measure) as measure,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        coalesce(mart_totals.mart_total, 0) as mart_total
    from source_totals
    full join mart_totals
        on
            source_totals.measure = mart_totals.measure
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
)

select * from compared
