-- One row per credited line and plan whose base counts towards the plan's tiers, with the bases up to it in the period.
with

bases as (
    select * from intermediate.commission_bases
),

-- What corrects a line that is known takes back what that line was paid, and counts towards no tier.
origins as (
    select
        invoice_id as origin_invoice_id,
        line_id as origin_line_id,
        true as is_known
    from intermediate.invoice_line_credits
),

counting as (
    select bases.*
    from bases
    left join origins
        on
            bases.is_credit_note
            and bases.origin_invoice_id = origins.origin_invoice_id
            and bases.origin_line_id = origins.origin_line_id
    where origins.is_known is null
),

-- A version with another base or currency begins anew: margin does not add to revenue, nor CHF to EUR.
totals as (
    select
        salesperson_id,
        plan_id,
        base,
        plan_currency,
        tier_period,
        period_start,
        sum(base_amount) as whole_base,
        count(*) - count(base_amount) as unknown_base_count
    from counting
    group by salesperson_id, plan_id, base, plan_currency, tier_period, period_start
),

cumulated as (
    select
        *,
        sum(base_amount) over (
            partition by salesperson_id, plan_id, base, plan_currency, tier_period, period_start
            order by invoice_date asc, invoice_id asc, line_id asc
            rows between unbounded preceding and current row
        ) as running_base
    from counting
),

-- Of bases one of which is not known, no tier is known; one rate on all needs no tier.
with_totals as (
    select
        cumulated.*,
        coalesce(cumulated.running_base, 0) - coalesce(cumulated.base_amount, 0) as base_before,
        coalesce(cumulated.running_base, 0) as base_through,
        totals.whole_base,
        totals.unknown_base_count,
        cumulated.base_amount is null
        or (cumulated.method <> 'flat' and totals.unknown_base_count > 0) as is_rate_unknown
    from cumulated
    inner join totals
        on
            cumulated.salesperson_id = totals.salesperson_id
            and cumulated.plan_id = totals.plan_id
            and cumulated.base = totals.base
            and cumulated.plan_currency = totals.plan_currency
            and cumulated.tier_period = totals.tier_period
            and cumulated.period_start = totals.period_start
)

select * from with_totals
