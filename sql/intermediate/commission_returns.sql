-- One row per returned part of a line, and plan and tier that paid its salesperson for the line that it corrects.
with

credited_lines as (
    select * from intermediate.credited_lines
),

earned as (
    select * from intermediate.commission_earned
),

returns as (
    select
        invoice_id as return_invoice_id,
        line_id as return_line_id,
        salesperson_id as return_salesperson_id,
        invoice_date as return_date,
        product_id as return_product_id,
        origin_invoice_id as origin_invoice_id_of_return,
        origin_line_id as origin_line_id_of_return,
        document_amount as return_amount,
        document_cost_amount as return_cost_amount,
        document_currency as return_currency,
        rate as return_rate,
        share as return_share,
        share_before as return_share_before,
        share_through as return_share_through
    from credited_lines
    where is_credit_note
),

joined as (
    select
        earned.*,
        returns.*,
        case
            when earned.base = 'margin' then returns.return_amount - returns.return_cost_amount
            else returns.return_amount
        end as line_return_amount,
        case when returns.return_currency = earned.document_currency then earned.rate else returns.return_rate end
            as rate_of_return
    from returns
    inner join earned
        on
            returns.origin_invoice_id_of_return = earned.invoice_id
            and returns.origin_line_id_of_return = earned.line_id
            and returns.return_salesperson_id = earned.salesperson_id
),

-- The original rate is also that of the currency: what comes back whole is taken back to the cent.
converted as (
    select
        *,
        case
            when return_currency = plan_currency then line_return_amount
            else cast(round(line_return_amount * rate_of_return / plan_rate, 4) as decimal(18, 4))
        end as plan_return_amount
    from joined
),

shared as (
    select
        *,
        cast(
            case
                when return_share_through = 1 then plan_return_amount
                else cast(round(plan_return_amount * return_share_through, 2) as decimal(18, 4))
            end
            - case
                when return_share_before = 1 then plan_return_amount
                else cast(round(plan_return_amount * return_share_before, 2) as decimal(18, 4))
            end as decimal(18, 4)
        ) as return_base_amount
    from converted
)

select * from shared
