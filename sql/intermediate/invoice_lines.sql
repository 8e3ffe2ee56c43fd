-- One row per line of an invoice or credit note made by `$as_of`, with its amount in the reporting currency.
with

sales as (
    select * from staging.sales
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

customers as (
    select * from marts.dim_customer
),

order_lines as (
    select * from intermediate.sales_order_lines
),

spot_rates as (
    select * from intermediate.spot_rate_days
),

-- An invoice dated after `$as_of` is not there yet, and corrected by nothing.
invoices as (
    select
        invoice_id,
        min(invoice_date) as invoice_date
    from sales
    where not is_credit_note and invoice_date <= $as_of
    group by invoice_id
),

systems_with_orders as (
    select distinct coalesce(source_system, '(none)') as source_system from order_lines
),

orders as (
    select distinct order_id from order_lines
),

-- An amount without a currency is in that of its location's company.
completed as (
    select
        sales.invoice_id,
        sales.line_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customers.customer_id, '(unknown)') as customer_id,
        coalesce(customers.customer_group, '(unknown)') as customer_group,
        sales.salesperson_id,
        case
            when systems_with_orders.source_system is null and orders.order_id is null then 'invoices'
            else 'orders'
        end as demand_basis,
        case
            when sales.is_credit_note and $return_period = 'origin'
                then coalesce(invoices.invoice_date, sales.invoice_date)
            else sales.invoice_date
        end as sales_date,
        sales.invoice_date,
        sales.is_credit_note,
        sales.origin_invoice_id,
        sales.origin_line_id,
        coalesce(sales.quantity, 0) as quantity,
        sales.net_amount,
        sales.cost_amount,
        coalesce(sales.currency, locations.currency) as currency
    from sales
    left join products on sales.product_id = products.product_id
    left join locations on sales.location_id = locations.location_id
    left join customers on sales.customer_id = customers.customer_id
    left join invoices on sales.origin_invoice_id = invoices.invoice_id
    left join orders on sales.order_id = orders.order_id
    left join systems_with_orders
        on coalesce(sales.source_system, '(none)') = systems_with_orders.source_system
    where sales.invoice_date <= $as_of
),

-- The rate is that of the day on which the line was booked, also where a return stands in the period of its origin.
converted as (
    select
        completed.invoice_id,
        completed.line_id,
        completed.product_id,
        completed.location_id,
        completed.customer_id,
        completed.customer_group,
        completed.salesperson_id,
        completed.demand_basis,
        completed.sales_date,
        completed.invoice_date,
        completed.is_credit_note,
        completed.origin_invoice_id,
        completed.origin_line_id,
        completed.quantity,
        completed.net_amount as document_amount,
        completed.cost_amount as document_cost_amount,
        completed.currency as document_currency,
        case when completed.currency = $reporting_currency then 1 else spot_rates.rate end as rate,
        case
            when completed.currency = $reporting_currency then completed.net_amount
            else cast(round(completed.net_amount * spot_rates.rate, 4) as decimal(18, 4))
        end as sales_amount,
        case
            when completed.currency = $reporting_currency then completed.cost_amount
            else cast(round(completed.cost_amount * spot_rates.rate, 4) as decimal(18, 4))
        end as cost_amount
    from completed
    left join spot_rates
        on
            completed.currency = spot_rates.from_currency
            and completed.invoice_date = spot_rates.date
)

select * from converted
