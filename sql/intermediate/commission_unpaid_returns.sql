-- One row per returned part of a line and plan that pays its salesperson now, and paid them nothing for the line itself.
with

bases as (
    select * from intermediate.commission_bases
),

running as (
    select * from intermediate.commission_running
),

clawbacks as (
    select * from intermediate.commission_clawbacks
),

taken_back as (
    select distinct
        salesperson_id,
        invoice_id,
        line_id
    from clawbacks
),

unpaid as (
    select
        bases.salesperson_id,
        bases.plan_id,
        bases.plan_version,
        bases.method,
        bases.base,
        bases.tier_period,
        bases.period_start,
        bases.period_end,
        bases.invoice_id,
        bases.line_id,
        bases.invoice_date,
        bases.product_id,
        bases.origin_invoice_id,
        bases.origin_line_id,
        bases.share,
        '(none)' as tier,
        0 as commission_rate,
        bases.base_amount as tier_base_amount,
        0 as commission_amount,
        bases.plan_currency,
        bases.plan_rate
    from bases
    left join running
        on
            bases.salesperson_id = running.salesperson_id
            and bases.plan_id = running.plan_id
            and bases.invoice_id = running.invoice_id
            and bases.line_id = running.line_id
    left join taken_back
        on
            bases.salesperson_id = taken_back.salesperson_id
            and bases.invoice_id = taken_back.invoice_id
            and bases.line_id = taken_back.line_id
    where
        bases.is_credit_note
        and running.invoice_id is null
        and taken_back.invoice_id is null
)

select * from unpaid
