-- One row per line of an invoice or credit note and salesperson to whom a part of it is credited.
with

lines as (
    select * from intermediate.invoice_line_credits
),

credit_shares as (
    select * from intermediate.sales_credit_shares
),

-- Without credits all of a line is its salesperson's.
shared as (
    select
        lines.*,
        credit_shares.salesperson_id as credited_salesperson_id,
        credit_shares.share,
        credit_shares.share_through
    from lines
    inner join credit_shares
        on
            lines.credits_of_invoice_id = credit_shares.invoice_id
            and lines.credits_of_line_id = credit_shares.line_id
    union all
    select
        *,
        salesperson_id as credited_salesperson_id,
        cast(1 as decimal(12, 6)) as share,
        cast(1 as decimal(12, 6)) as share_through
    from lines
    where credits_of_invoice_id is null
),

-- Rounded as running totals, so that the parts of a line that is credited whole add up to it: money to 2 places.
credited as (
    select
        invoice_id,
        line_id,
        credited_salesperson_id as salesperson_id,
        product_id,
        sales_date,
        invoice_date,
        is_credit_note,
        origin_invoice_id,
        origin_line_id,
        document_amount,
        document_cost_amount,
        document_currency,
        rate,
        share,
        share_through - share as share_before,
        share_through,
        cast(
            round(quantity * share_through, 4) - round(quantity * (share_through - share), 4) as decimal(18, 4)
        ) as credited_quantity,
        cast(
            case
                when share_through = 1 then sales_amount
                else cast(round(sales_amount * share_through, 2) as decimal(18, 4))
            end
            - case
                when share_through - share = 1 then sales_amount
                else cast(round(sales_amount * (share_through - share), 2) as decimal(18, 4))
            end as decimal(18, 4)
        ) as credited_amount
    from shared
)

select * from credited
