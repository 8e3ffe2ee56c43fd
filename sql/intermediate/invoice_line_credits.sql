-- One row per line of an invoice or credit note made by `$as_of`: whose it is, and which line's credits share it out.
with

invoice_lines as (
    select * from intermediate.invoice_lines
),

credit_shares as (
    select * from intermediate.sales_credit_shares
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
),

credited as (
    select
        invoice_id,
        line_id,
        sum(share) as credited_share
    from credit_shares
    group by invoice_id, line_id
),

-- A credit note takes back from those who were credited: without credits of its own it has those of the line that it
-- corrects, or that line's salesperson, whoever wrote the credit note.
with_origins as (
    select
        invoice_lines.*,
        coalesce(origins.salesperson_id, invoice_lines.salesperson_id) as named_salesperson_id,
        own_credits.credited_share as own_share,
        origin_credits.credited_share as origin_share
    from invoice_lines
    left join invoice_lines as origins
        on
            invoice_lines.is_credit_note
            and invoice_lines.origin_invoice_id = origins.invoice_id
            and invoice_lines.origin_line_id = origins.line_id
    left join credited as own_credits
        on
            invoice_lines.invoice_id = own_credits.invoice_id
            and invoice_lines.line_id = own_credits.line_id
    left join credited as origin_credits
        on
            invoice_lines.is_credit_note
            and invoice_lines.origin_invoice_id = origin_credits.invoice_id
            and invoice_lines.origin_line_id = origin_credits.line_id
),

completed as (
    select
        with_origins.invoice_id,
        with_origins.line_id,
        with_origins.product_id,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        with_origins.sales_date,
        with_origins.invoice_date,
        with_origins.is_credit_note,
        with_origins.origin_invoice_id,
        with_origins.origin_line_id,
        with_origins.quantity,
        with_origins.document_amount,
        with_origins.document_cost_amount,
        with_origins.document_currency,
        with_origins.rate,
        with_origins.sales_amount,
        case
            when with_origins.own_share is not null then with_origins.invoice_id
            when with_origins.origin_share is not null then with_origins.origin_invoice_id
        end as credits_of_invoice_id,
        case
            when with_origins.own_share is not null then with_origins.line_id
            when with_origins.origin_share is not null then with_origins.origin_line_id
        end as credits_of_line_id,
        cast(coalesce(with_origins.own_share, with_origins.origin_share, 1) as decimal(12, 6)) as credited_share
    from with_origins
    left join salespeople on with_origins.named_salesperson_id = salespeople.salesperson_id
)

select * from completed
