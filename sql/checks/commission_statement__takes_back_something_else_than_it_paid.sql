-- Every tier of a line that one person sold, where what its returns took back is not the part of its commission that they
-- are of the line, to the cent; all in the currency of the plan.
with

sales as (
    select * from staging.sales
),

sales_credits as (
    select distinct
        invoice_id,
        line_id
    from staging.sales_credits
),

commission_statement as (
    select * from marts.commission_statement
),

-- What is shared out is compared with its shares by commission_statement__does_not_reconcile.
lines as (
    select
        sales.invoice_id,
        sales.line_id,
        sales.currency,
        sales.is_credit_note,
        sales.origin_invoice_id,
        sales.origin_line_id,
        sales.net_amount,
        sales.net_amount - sales.cost_amount as margin_amount,
        sales_credits.invoice_id is not null as is_shared
    from sales
    left join sales_credits
        on
            sales.invoice_id = sales_credits.invoice_id
            and sales.line_id = sales_credits.line_id
    where sales.invoice_date <= $as_of
),

returns as (
    select
        origin_invoice_id as invoice_id,
        origin_line_id as line_id,
        min(currency) as currency,
        sum(net_amount) as net_amount,
        sum(margin_amount) as margin_amount
    from lines
    where is_credit_note
    group by origin_invoice_id, origin_line_id
    having
        not bool_or(is_shared)
        and count(*) = count(currency)
        and min(currency) = max(currency)
),

taken_back as (
    select
        salesperson_id,
        plan_id,
        tier,
        origin_invoice_id as invoice_id,
        origin_line_id as line_id,
        sum(commission_amount) as commission_amount
    from commission_statement
    where is_clawback
    group by
        salesperson_id,
        plan_id,
        tier,
        origin_invoice_id,
        origin_line_id
),

paid as (
    select
        commission_statement.salesperson_id,
        commission_statement.plan_id,
        commission_statement.invoice_id,
        commission_statement.line_id,
        commission_statement.tier,
        commission_statement.commission_amount,
        case when commission_statement.paid_on = 'margin' then returns.margin_amount else returns.net_amount end
            as returned_amount,
        case when commission_statement.paid_on = 'margin' then lines.margin_amount else lines.net_amount end
            as line_amount
    from commission_statement
    inner join lines
        on
            commission_statement.invoice_id = lines.invoice_id
            and commission_statement.line_id = lines.line_id
            and commission_statement.plan_currency = lines.currency
    inner join returns
        on
            commission_statement.invoice_id = returns.invoice_id
            and commission_statement.line_id = returns.line_id
            and commission_statement.plan_currency = returns.currency
    where
        not commission_statement.is_clawback
        and not lines.is_credit_note
        and not lines.is_shared
),

compared as (
    select
        paid.*,
        cast(round(paid.commission_amount * paid.returned_amount / paid.line_amount, 2) as decimal(18, 4))
            as owed_amount,
        coalesce(taken_back.commission_amount, 0) as taken_back_amount
    from paid
    left join taken_back
        on
            paid.salesperson_id = taken_back.salesperson_id
            and paid.plan_id = taken_back.plan_id
            and paid.invoice_id = taken_back.invoice_id
            and paid.line_id = taken_back.line_id
            and paid.tier = taken_back.tier
    where paid.line_amount <> 0
),

wrong as (
    select * from compared
    where owed_amount <> taken_back_amount
)

select * from wrong
