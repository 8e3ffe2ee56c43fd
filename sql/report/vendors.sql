-- One row per vendor and complete period, the last 3.
-- The 60 whose due goods came least in time, in money, and how many there are in all.
with

purchases as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind order by period_start desc) as age
    from marts.purchase_service
    where is_period_complete
),

vendors as (
    select
        vendor_id,
        period_kind,
        period_start,
        sum(counted_line_count) as counted_line_count,
        sum(on_time_line_count) as on_time_line_count,
        sum(due_amount) as due_amount,
        sum(filled_amount) as filled_amount,
        min(currency) as currency
    from purchases
    where kind_place = 1 and age <= 3
    group by vendor_id, period_kind, period_start
),

missed as (
    select
        *,
        count(*) over () as missed_count,
        row_number() over (
            order by
                due_amount - filled_amount desc nulls last,
                counted_line_count - on_time_line_count desc,
                vendor_id asc,
                period_start asc
        ) as place
    from vendors
    where on_time_line_count < counted_line_count
),

named as (
    select
        missed.place,
        missed.vendor_id,
        dim_vendor.name as vendor_name,
        missed.period_kind,
        missed.period_start,
        missed.counted_line_count,
        missed.on_time_line_count,
        missed.due_amount,
        missed.filled_amount,
        missed.currency,
        missed.missed_count
    from missed
    left join marts.dim_vendor as dim_vendor on missed.vendor_id = dim_vendor.vendor_id
    where missed.place <= 60
)

select * from named
order by place asc
