-- One row per family, region of the customer and complete period.
-- The last 13: lines and money that were due, and what of them came.
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

served as (
    select
        service.product_family,
        customers.market_region,
        service.period_kind,
        service.period_start,
        sum(service.counted_line_count) as counted_line_count,
        sum(service.on_time_line_count) as on_time_line_count,
        sum(service.in_full_line_count) as in_full_line_count,
        sum(service.otif_line_count) as otif_line_count,
        -- A rate by value is one over what is known on both sides.
        sum(case when service.otif_amount is not null then service.due_amount end) as due_amount,
        sum(case when service.due_amount is not null then service.otif_amount end) as otif_amount,
        sum(service.unknown_price_line_count) as unknown_price_line_count,
        min(service.currency) as currency
    from service
    left join marts.dim_customer as customers on service.customer_id = customers.customer_id
    where service.kind_place = 1 and service.age <= 13
    group by service.product_family, customers.market_region, service.period_kind, service.period_start
)

select * from served
order by product_family asc, market_region asc, period_start asc
limit 8000
