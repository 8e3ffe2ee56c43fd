-- One row per returned part of a line, plan and tier: what is taken back of the commission on the line that it corrects.
with

returns as (
    select * from intermediate.commission_returns
),

period_days as (
    select * from intermediate.period_days
),

-- A return takes from each tier as much of its base as the tier had of the line's, and several returns that make up a
-- line take back what it was paid, to the cent.
cumulated as (
    select
        *,
        sum(tier_base_amount) over (
            partition by return_invoice_id, return_line_id, salesperson_id, plan_id
            order by tier asc
            rows between unbounded preceding and current row
        ) as base_through_tier,
        sum(return_base_amount) over (
            partition by salesperson_id, plan_id, invoice_id, line_id, tier
            order by return_date asc, return_invoice_id asc, return_line_id asc
            rows between unbounded preceding and current row
        ) as returned_through
    from returns
),

parts as (
    select
        *,
        case
            when base_amount <> 0
                then cast(
                    round(return_base_amount * base_through_tier / base_amount, 4)
                    - round(return_base_amount * (base_through_tier - tier_base_amount) / base_amount, 4)
                    as decimal(18, 4)
                )
            else return_base_amount
        end as tier_return_amount,
        case
            when base_amount <> 0
                then cast(
                    round(commission_amount * returned_through / base_amount, 2)
                    - round(commission_amount * (returned_through - return_base_amount) / base_amount, 2)
                    as decimal(18, 4)
                )
            when commission_rate is not null then 0
        end as returned_commission_amount
    from cumulated
),

-- It stands in the period in which the return happened.
dated as (
    select
        parts.salesperson_id,
        parts.plan_id,
        parts.plan_version,
        parts.method,
        parts.base,
        parts.tier_period,
        period_days.period_start,
        period_days.period_end,
        parts.return_invoice_id as invoice_id,
        parts.return_line_id as line_id,
        parts.return_date as invoice_date,
        parts.return_product_id as product_id,
        parts.invoice_id as origin_invoice_id,
        parts.line_id as origin_line_id,
        parts.return_share as share,
        parts.tier,
        parts.commission_rate,
        parts.tier_return_amount as tier_base_amount,
        parts.returned_commission_amount as commission_amount,
        parts.plan_currency,
        parts.plan_rate
    from parts
    inner join period_days
        on
            parts.tier_period = period_days.period_kind
            and parts.return_date = period_days.date
)

select * from dated
