-- One row per customer and complete period.
-- The last 3, the 80 whose due money came least on time and in full, and how many there are in all.
with

service as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind order by period_start desc) as age
    from marts.order_service_summary
    where is_period_complete
),

customers as (
    select
        customer_id,
        period_kind,
        period_start,
        sum(counted_line_count) as counted_line_count,
        sum(otif_line_count) as otif_line_count,
        sum(due_amount) as due_amount,
        sum(otif_amount) as otif_amount,
        sum(past_due_amount) as past_due_amount,
        min(currency) as currency
    from service
    where kind_place = 1 and age <= 3
    group by customer_id, period_kind, period_start
),

missed as (
    select
        *,
        count(*) over () as missed_count,
        row_number() over (
            order by
                due_amount - otif_amount desc nulls last,
                counted_line_count - otif_line_count desc,
                customer_id asc,
                period_start asc
        ) as place
    from customers
    where otif_line_count < counted_line_count
),

named as (
    select
        missed.place,
        missed.customer_id,
        dim_customer.name as customer_name,
        dim_customer.market_region,
        missed.period_kind,
        missed.period_start,
        missed.counted_line_count,
        missed.otif_line_count,
        missed.due_amount,
        missed.otif_amount,
        missed.past_due_amount,
        missed.currency,
        missed.missed_count
    from missed
    left join marts.dim_customer as dim_customer on missed.customer_id = dim_customer.customer_id
    where missed.place <= 80
)

select * from named
order by place asc
