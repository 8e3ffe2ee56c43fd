-- One row per invoice line and salesperson to whom sales_credits give a part of it, with the shares up to theirs.
with

sales_credits as (
    select * from staging.sales_credits
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
),

-- People whom nobody knows share one member.
completed as (
    select
        sales_credits.invoice_id,
        sales_credits.line_id,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        sum(sales_credits.share) as share
    from sales_credits
    left join salespeople on sales_credits.salesperson_id = salespeople.salesperson_id
    group by
        sales_credits.invoice_id,
        sales_credits.line_id,
        coalesce(salespeople.salesperson_id, '(unknown)')
),

cumulated as (
    select
        invoice_id,
        line_id,
        salesperson_id,
        cast(share as decimal(12, 6)) as share,
        cast(
            sum(share) over (
                partition by invoice_id, line_id
                order by salesperson_id asc
                rows between unbounded preceding and current row
            ) as decimal(12, 6)
        ) as share_through
    from completed
)

select * from cumulated
