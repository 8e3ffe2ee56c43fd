-- One row per salesperson, commission plan, period of its tiers, credited line and tier that pays for a part of it.
with

earned as (
    select * from intermediate.commission_earned
),

clawbacks as (
    select * from intermediate.commission_clawbacks
),

unpaid_returns as (
    select * from intermediate.commission_unpaid_returns
),

tiers as (
    select * from staging.commission_plans
),

taken_back as (
    select * from clawbacks
    union all
    select * from unpaid_returns
),

all_rows as (
    select
        salesperson_id,
        plan_id,
        plan_version,
        method,
        base,
        tier_period,
        period_start,
        period_end,
        invoice_id,
        line_id,
        invoice_date,
        product_id,
        origin_invoice_id,
        origin_line_id,
        share,
        tier,
        commission_rate,
        tier_base_amount,
        commission_amount,
        plan_currency,
        plan_rate,
        false as is_clawback
    from earned
    union all
    select
        *,
        true as is_clawback
    from taken_back
),

projected as (
    select
        all_rows.salesperson_id,
        all_rows.plan_id,
        all_rows.tier_period as period_kind,
        all_rows.period_start,
        all_rows.invoice_id,
        all_rows.line_id,
        all_rows.tier,
        all_rows.period_end,
        all_rows.period_end <= $as_of + interval '1 day' as is_period_complete,
        all_rows.plan_version,
        all_rows.method,
        all_rows.base as paid_on,
        all_rows.invoice_date,
        all_rows.product_id,
        all_rows.is_clawback,
        all_rows.origin_invoice_id,
        all_rows.origin_line_id,
        all_rows.share as credited_rate,
        tiers.lower_bound,
        tiers.upper_bound,
        cast(all_rows.commission_rate as decimal(9, 6)) as commission_rate,
        cast(all_rows.tier_base_amount as decimal(18, 4)) as base_amount,
        cast(all_rows.commission_amount as decimal(18, 4)) as commission_amount,
        all_rows.plan_currency,
        cast(round(all_rows.tier_base_amount * all_rows.plan_rate, 4) as decimal(18, 4)) as reporting_base_amount,
        cast(round(all_rows.commission_amount * all_rows.plan_rate, 4) as decimal(18, 4)) as reporting_commission_amount,
        $reporting_currency as currency,
        all_rows.tier_base_amount is null as is_base_unknown,
        all_rows.commission_amount is null as is_commission_unknown,
        all_rows.plan_rate is null as has_no_rate
    from all_rows
    left join tiers
        on
            all_rows.plan_id = tiers.plan_id
            and all_rows.plan_version = tiers.version
            and all_rows.tier = cast(tiers.tier as varchar)
)

select * from projected
