-- One row per salesperson, product, location, customer group and day on which customers wanted goods of the salesperson.
with

order_lines as (
    select * from intermediate.sales_order_lines
),

invoice_lines as (
    select * from intermediate.invoice_lines
),

salespeople as (
    select salesperson_id from marts.dim_salesperson where salesperson_id <> '(all)'
),

days as (
    select * from intermediate.demand_valued_days
),

-- The demand of demand_days, by who sold it.
lines as (
    select
        salesperson_id,
        product_id,
        location_id,
        customer_group,
        demand_date as date,
        ordered_quantity - cancelled_quantity as demand_quantity
    from order_lines
    where is_demand and demand_date is not null
    union all
    select
        salesperson_id,
        product_id,
        location_id,
        customer_group,
        sales_date as date,
        quantity as demand_quantity
    from invoice_lines
    where
        demand_basis = 'invoices'
        and not is_credit_note
),

summed as (
    select
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        lines.product_id,
        lines.location_id,
        lines.customer_group,
        lines.date,
        sum(lines.demand_quantity) as demand_quantity
    from lines
    left join salespeople on lines.salesperson_id = salespeople.salesperson_id
    group by
        coalesce(salespeople.salesperson_id, '(unknown)'),
        lines.product_id,
        lines.location_id,
        lines.customer_group,
        lines.date
),

-- At the price that demand_history has for the day. Nothing is worth nothing at any price.
valued as (
    select
        summed.salesperson_id,
        summed.product_id,
        summed.location_id,
        summed.customer_group,
        summed.date,
        summed.demand_quantity,
        case
            when summed.demand_quantity = 0 then 0
            else cast(round(summed.demand_quantity * days.price_amount, 4) as decimal(18, 4))
        end as demand_amount
    from summed
    inner join days
        on
            summed.product_id = days.product_id
            and summed.location_id = days.location_id
            and summed.customer_group = days.customer_group
            and summed.date = days.date
)

select * from valued
