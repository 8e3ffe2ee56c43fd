-- One row per credited line and commission plan that pays its salesperson on that day: what it pays on, in its currency.
with

credited_lines as (
    select * from intermediate.credited_lines
),

spans as (
    select * from intermediate.commission_spans
),

spot_rates as (
    select * from intermediate.spot_rate_days
),

period_days as (
    select * from intermediate.period_days
),

assigned as (
    select
        credited_lines.*,
        spans.plan_id,
        spans.plan_version,
        spans.method,
        spans.base,
        spans.tier_period,
        spans.plan_currency,
        spans.lowest_bound,
        spans.highest_bound,
        case
            when spans.base = 'margin' then credited_lines.document_amount - credited_lines.document_cost_amount
            else credited_lines.document_amount
        end as line_amount
    from credited_lines
    inner join spans
        on
            credited_lines.salesperson_id = spans.salesperson_id
            and credited_lines.invoice_date >= spans.paid_from
            and (spans.paid_to is null or credited_lines.invoice_date < spans.paid_to)
),

-- By way of the reporting currency, at the rates of the document's day.
converted as (
    select
        assigned.*,
        period_days.period_start,
        period_days.period_end,
        case when assigned.plan_currency = $reporting_currency then 1 else spot_rates.rate end as plan_rate,
        case
            when assigned.document_currency = assigned.plan_currency then assigned.line_amount
            when assigned.plan_currency = $reporting_currency
                then cast(round(assigned.line_amount * assigned.rate, 4) as decimal(18, 4))
            else cast(round(assigned.line_amount * assigned.rate / spot_rates.rate, 4) as decimal(18, 4))
        end as plan_amount
    from assigned
    inner join period_days
        on
            assigned.tier_period = period_days.period_kind
            and assigned.invoice_date = period_days.date
    left join spot_rates
        on
            assigned.plan_currency = spot_rates.from_currency
            and assigned.invoice_date = spot_rates.date
),

-- Rounded as running totals, so that the parts of a line that is credited whole add up to it.
shared as (
    select
        salesperson_id,
        plan_id,
        plan_version,
        method,
        base,
        tier_period,
        period_start,
        period_end,
        plan_currency,
        plan_rate,
        lowest_bound,
        highest_bound,
        invoice_id,
        line_id,
        invoice_date,
        product_id,
        is_credit_note,
        origin_invoice_id,
        origin_line_id,
        document_currency,
        rate,
        share,
        cast(
            case
                when share_through = 1 then plan_amount
                else cast(round(plan_amount * share_through, 2) as decimal(18, 4))
            end
            - case
                when share_before = 1 then plan_amount
                else cast(round(plan_amount * share_before, 2) as decimal(18, 4))
            end as decimal(18, 4)
        ) as base_amount
    from converted
)

select * from shared
