-- What commissions are paid on, beside invoice lines and their credits; what is paid, beside each tier's rate on the whole.
with

sales as (
    select * from staging.sales
),

sales_credits as (
    select * from staging.sales_credits
),

salespeople as (
    select distinct salesperson_id from staging.salespeople
),

assignments as (
    select * from staging.commission_plan_assignments
),

commission_plans as (
    select * from staging.commission_plans
),

period_days as (
    select * from intermediate.period_days
),

commission_statement as (
    select * from marts.commission_statement
),

-- Invoices, without credit notes, in the plan's own currency: nothing is converted and nothing taken back.
credits as (
    select
        sales_credits.invoice_id,
        sales_credits.line_id,
        sales_credits.salesperson_id,
        sales_credits.share,
        sum(sales_credits.share) over (
            partition by sales_credits.invoice_id, sales_credits.line_id
            order by case when salespeople.salesperson_id is null then 1 else 2 end asc, sales_credits.salesperson_id asc
            rows between unbounded preceding and current row
        ) as share_through
    from sales_credits
    left join salespeople on sales_credits.salesperson_id = salespeople.salesperson_id
),

credited as (
    select
        sales.invoice_id,
        sales.line_id,
        sales.invoice_date,
        sales.currency,
        sales.net_amount,
        sales.cost_amount,
        case when credits.invoice_id is null then sales.salesperson_id else credits.salesperson_id end as salesperson_id,
        coalesce(credits.share, 1) as share,
        coalesce(credits.share_through, 1) as share_through
    from sales
    left join credits
        on
            sales.invoice_id = credits.invoice_id
            and sales.line_id = credits.line_id
    where
        not sales.is_credit_note
        and sales.invoice_date <= $as_of
),

assignment_spans as (
    select
        *,
        lead(valid_from) over (partition by salesperson_id, plan_id order by valid_from asc) as next_from
    from assignments
),

versions as (
    select
        plan_id,
        version,
        min(valid_from) as valid_from,
        min(base) as base,
        min(tier_period) as tier_period,
        min(currency) as currency
    from commission_plans
    group by plan_id, version
),

version_spans as (
    select
        *,
        lead(valid_from) over (partition by plan_id order by valid_from asc, version asc) as valid_to
    from versions
),

paid_on as (
    select
        credited.invoice_date,
        credited.share,
        credited.share_through,
        version_spans.tier_period,
        case
            when version_spans.base = 'margin' then credited.net_amount - credited.cost_amount
            else credited.net_amount
        end as amount
    from credited
    inner join salespeople on credited.salesperson_id = salespeople.salesperson_id
    inner join assignment_spans
        on
            credited.salesperson_id = assignment_spans.salesperson_id
            and credited.invoice_date >= assignment_spans.valid_from
            and (assignment_spans.valid_to is null or credited.invoice_date < assignment_spans.valid_to)
            and (assignment_spans.next_from is null or credited.invoice_date < assignment_spans.next_from)
    inner join version_spans
        on
            assignment_spans.plan_id = version_spans.plan_id
            and credited.invoice_date >= version_spans.valid_from
            and (version_spans.valid_to is null or credited.invoice_date < version_spans.valid_to)
            and credited.currency = version_spans.currency
),

-- A line of which one part belongs to nobody known: their shares come first.
source_totals as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(
            case
                when paid_on.share_through = 1 then paid_on.amount
                else cast(round(paid_on.amount * paid_on.share_through, 2) as decimal(18, 4))
            end
            - case
                when paid_on.share_through - paid_on.share = 1 then paid_on.amount
                else cast(round(paid_on.amount * (paid_on.share_through - paid_on.share), 2) as decimal(18, 4))
            end
        ) as base_amount
    from paid_on
    inner join period_days
        on
            paid_on.tier_period = period_days.period_kind
            and paid_on.invoice_date = period_days.date
    group by period_days.period_kind, period_days.period_start
),

mart_totals as (
    select
        commission_statement.period_kind,
        commission_statement.period_start,
        sum(commission_statement.base_amount) as base_amount
    from commission_statement
    inner join sales
        on
            commission_statement.invoice_id = sales.invoice_id
            and commission_statement.line_id = sales.line_id
            and commission_statement.plan_currency = sales.currency
    inner join version_spans
        on
            commission_statement.plan_id = version_spans.plan_id
            and commission_statement.plan_version = version_spans.version
            and commission_statement.plan_currency = version_spans.currency
    where not sales.is_credit_note
    group by commission_statement.period_kind, commission_statement.period_start
),

-- Of each salesperson, plan and period within one version and without anything unknown, each tier's rate on all of it.
wholes as (
    select
        salesperson_id,
        plan_id,
        period_kind,
        period_start,
        min(plan_version) as version,
        min(method) as method,
        sum(base_amount) as base_amount,
        sum(commission_amount) as commission_amount
    from commission_statement
    where not is_clawback
    group by salesperson_id, plan_id, period_kind, period_start
    having
        min(plan_version) = max(plan_version)
        and not bool_or(is_commission_unknown)
),

whole_tiers as (
    select
        wholes.period_kind,
        wholes.period_start,
        wholes.salesperson_id,
        wholes.plan_id,
        case
            when wholes.method = 'flat' then cast(round(wholes.base_amount * commission_plans.rate, 2) as decimal(18, 4))
            when wholes.method = 'marginal'
                then cast(round(
                    greatest(
                        0,
                        least(wholes.base_amount, coalesce(commission_plans.upper_bound, wholes.base_amount))
                        - commission_plans.lower_bound
                    ) * commission_plans.rate,
                    2
                ) as decimal(18, 4))
            when wholes.base_amount < commission_plans.lower_bound then 0
            when wholes.base_amount >= commission_plans.upper_bound then 0
            else cast(round(wholes.base_amount * commission_plans.rate, 2) as decimal(18, 4))
        end as commission_amount
    from wholes
    inner join commission_plans
        on
            wholes.plan_id = commission_plans.plan_id
            and wholes.version = commission_plans.version
),

owed as (
    select
        period_kind,
        period_start,
        sum(commission_amount) as commission_amount
    from whole_tiers
    group by period_kind, period_start
),

paid as (
    select
        period_kind,
        period_start,
        sum(commission_amount) as commission_amount
    from wholes
    group by period_kind, period_start
),

compared as (
    select
        'base_amount of invoices in the currency of their plan' as measure,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.base_amount, 0) as source_total,
        coalesce(mart_totals.base_amount, 0) as mart_total
    from source_totals
    full join mart_totals
        on
            source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
    union all
    select
        'commission_amount, of all but clawbacks' as measure,
        owed.period_kind,
        owed.period_start,
        owed.commission_amount as source_total,
        coalesce(paid.commission_amount, 0) as mart_total
    from owed
    left join paid
        on
            owed.period_kind = paid.period_kind
            and owed.period_start = paid.period_start
)

select * from compared
