-- One row per credited line and commission plan that pays its salesperson on that day: what it pays on, in its currency.
with

credited_lines as (
    select * from intermediate.credited_lines
),

assignments as (
    select * from staging.commission_plan_assignments
),

versions as (
    select * from intermediate.commission_plan_versions
),

spot_rates as (
    select * from intermediate.spot_rate_days
),

period_days as (
    select * from intermediate.period_days
),

-- An assignment ends where the next one of the same plan begins.
assignment_spans as (
    select
        *,
        lead(valid_from) over (partition by salesperson_id, plan_id order by valid_from asc) as next_from
    from assignments
),

assigned as (
    select
        credited_lines.*,
        versions.plan_id,
        versions.version as plan_version,
        versions.method,
        versions.base,
        versions.tier_period,
        versions.plan_currency,
        versions.lowest_bound,
        versions.highest_bound,
        case
            when versions.base = 'margin' then credited_lines.document_amount - credited_lines.document_cost_amount
            else credited_lines.document_amount
        end as line_amount
    from credited_lines
    inner join assignment_spans
        on
            credited_lines.salesperson_id = assignment_spans.salesperson_id
            and credited_lines.invoice_date >= assignment_spans.valid_from
            and (assignment_spans.valid_to is null or credited_lines.invoice_date < assignment_spans.valid_to)
            and (assignment_spans.next_from is null or credited_lines.invoice_date < assignment_spans.next_from)
    inner join versions
        on
            assignment_spans.plan_id = versions.plan_id
            and credited_lines.invoice_date >= versions.valid_from
            and (versions.valid_to is null or credited_lines.invoice_date < versions.valid_to)
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
            case when share_through = 1 then plan_amount else round(plan_amount * share_through, 2) end
            - case when share_before = 1 then plan_amount else round(plan_amount * share_before, 2) end as decimal(18, 4)
        ) as base_amount
    from converted
)

select * from shared
