-- One row per line of a sales order, with the members of the dimensions that it refers to, its demand and when it is due.
with

sales_orders as (
    select * from staging.sales_orders
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select
        location_id,
        currency
    from marts.dim_location
),

customers as (
    select * from marts.dim_customer
),

dated as (
    select
        *,
        case $demand_date
            when 'order' then order_date
            when 'promised' then promised_date
            else requested_date
        end as chosen_date
    from sales_orders
),

-- A line that was cancelled without saying how much was cancelled whole. What is ordered after `$as_of` is not known.
-- What is promised anew does not move the day on which it is due. A price without a currency is in that of the company.
completed as (
    select
        dated.source_system,
        dated.order_id,
        dated.line_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customers.customer_id, '(unknown)') as customer_id,
        coalesce(customers.customer_group, '(unknown)') as customer_group,
        dated.salesperson_id,
        dated.order_date,
        dated.requested_date,
        dated.first_promised_date,
        dated.promised_date,
        coalesce(dated.first_promised_date, dated.requested_date) as due_date,
        coalesce(dated.chosen_date, dated.order_date, dated.requested_date, dated.promised_date) as demand_date,
        dated.chosen_date is null as is_fallback_date,
        dated.quantity as ordered_quantity,
        coalesce(
            dated.cancelled_quantity, case when dated.status = 'cancelled' then dated.quantity else 0 end
        ) as cancelled_quantity,
        dated.cancelled_date,
        dated.unit_price,
        coalesce(dated.currency, locations.currency) as price_currency,
        dated.status,
        dated.status <> 'draft' and coalesce(dated.order_date <= $as_of, true) as is_demand
    from dated
    left join products on dated.product_id = products.product_id
    left join locations on dated.location_id = locations.location_id
    left join customers on dated.customer_id = customers.customer_id
)

select * from completed
