-- What was credited, too little and too much, beside the invoice lines; what was achieved beside their shares; and targets
-- beside those that were set.
with

sales as (
    select * from staging.sales
),

sales_targets as (
    select * from staging.sales_targets
),

sales_credits as (
    select * from staging.sales_credits
),

salespeople as (
    select distinct salesperson_id from staging.salespeople
),

locations as (
    select * from staging.locations
),

companies as (
    select * from staging.companies
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

period_kinds as (
    select distinct period_kind from settings.quota_period_kinds
),

calendar_days as (
    select * from intermediate.period_days
),

days as (
    select date from marts.dim_date
),

quota_attainment as (
    select * from marts.quota_attainment
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

rate_days as (
    select
        reporting_rates.from_currency,
        days.date,
        reporting_rates.rate
    from reporting_rates
    inner join days
        on
            days.date >= reporting_rates.valid_from
            and days.date < reporting_rates.valid_to
    where reporting_rates.rate_type = 'spot'
),

origins as (
    select
        invoice_id,
        min(invoice_date) as invoice_date
    from sales
    where
        is_credit_note = false
        and invoice_date <= $as_of
    group by invoice_id
),

shares as (
    select
        invoice_id,
        line_id,
        sum(share) as share
    from sales_credits
    group by invoice_id, line_id
),

documents as (
    select
        case
            when sales.is_credit_note and $return_period = 'origin' and origins.invoice_date is not null
                then origins.invoice_date
            else sales.invoice_date
        end as date,
        case
            when coalesce(sales.currency, companies.currency) = $reporting_currency then sales.net_amount
            else cast(round(sales.net_amount * rate_days.rate, 4) as decimal(18, 4))
        end as amount,
        coalesce(shares.share, case when sales.is_credit_note then origin_shares.share end, 1) as share
    from sales
    left join origins on sales.origin_invoice_id = origins.invoice_id
    left join locations on sales.location_id = locations.location_id
    left join companies on locations.company_id = companies.company_id
    left join rate_days
        on
            coalesce(sales.currency, companies.currency) = rate_days.from_currency
            and sales.invoice_date = rate_days.date
    left join shares
        on
            sales.invoice_id = shares.invoice_id
            and sales.line_id = shares.line_id
    left join shares as origin_shares
        on
            sales.origin_invoice_id = origin_shares.invoice_id
            and sales.origin_line_id = origin_shares.line_id
    where sales.invoice_date <= $as_of
),

-- In a period in which a line has no rate, the mart does not tell all amounts: nothing is compared.
document_totals as (
    select
        period_days.period_kind,
        period_days.period_start,
        case when count(*) = count(documents.amount) then sum(documents.amount) else 0 end as amount,
        case
            when count(*) = count(documents.amount)
                then sum(
                    case
                        when documents.share = 1 then documents.amount
                        else cast(round(documents.amount * documents.share, 2) as decimal(18, 4))
                    end
                )
            else 0
        end as shared_amount,
        case when count(*) = count(documents.amount) then 1 else 0 end as is_compared
    from documents
    left join period_days on documents.date = period_days.date
    group by period_days.period_kind, period_days.period_start
),

mart_totals as (
    select
        period_kind,
        period_start,
        is_total,
        case
            when sum(missing_rate_count) = 0
                then sum(achieved_amount + under_credited_amount - over_credited_amount)
            else 0
        end as amount,
        case when sum(missing_rate_count) = 0 then sum(achieved_amount) else 0 end as achieved_amount
    from quota_attainment
    group by period_kind, period_start, is_total
),

-- Salespeople whose targets do not overlap but where they are set anew for the same days, in the reporting currency: what
-- was set last for each span of days is in the mart.
known_targets as (
    select
        sales_targets.target_id,
        concat(cast(sales_targets.snapshot_date as varchar), ' ', sales_targets.version) as version,
        sales_targets.period_start,
        sales_targets.period_end,
        sales_targets.quantity,
        sales_targets.amount,
        sales_targets.currency
    from sales_targets
    inner join salespeople on sales_targets.target_id = salespeople.salesperson_id
    where
        sales_targets.target_of = 'salesperson'
        and sales_targets.status = 'approved'
        and sales_targets.snapshot_date <= $as_of
        and cast(sales_targets.known_at at time zone $time_zone as date) <= $as_of
),

last_versions as (
    select
        target_id,
        period_start,
        period_end,
        max(version) as version
    from known_targets
    group by target_id, period_start, period_end
),

target_spans as (
    select
        target_id,
        period_end,
        lead(period_start) over (partition by target_id order by period_start asc, period_end asc) as next_start
    from last_versions
),

excluded as (
    select target_id
    from target_spans
    where next_start < period_end
    union all
    select target_id
    from known_targets
    where currency is null or currency <> $reporting_currency
),

excluded_people as (
    select distinct target_id from excluded
),

set_totals as (
    select
        sum(known_targets.amount) as target_amount,
        sum(known_targets.quantity) as target_quantity
    from known_targets
    inner join last_versions
        on
            known_targets.target_id = last_versions.target_id
            and known_targets.period_start = last_versions.period_start
            and known_targets.period_end = last_versions.period_end
            and known_targets.version = last_versions.version
    left join excluded_people on known_targets.target_id = excluded_people.target_id
    where excluded_people.target_id is null
),

told_totals as (
    select
        quota_attainment.period_kind,
        sum(quota_attainment.target_amount) as target_amount,
        sum(quota_attainment.target_quantity) as target_quantity
    from quota_attainment
    left join excluded_people on quota_attainment.salesperson_id = excluded_people.target_id
    where
        excluded_people.target_id is null
        and quota_attainment.salesperson_id <> '(unknown)'
        and quota_attainment.target_basis = 'salesperson'
    group by quota_attainment.period_kind
),

compared as (
    select
        case when mart_totals.is_total then 'credited_amount' else 'credited_amount by product group' end as measure,
        coalesce(document_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(document_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(document_totals.amount, 0) as source_total,
        coalesce(mart_totals.amount, 0) * coalesce(document_totals.is_compared, 1) as mart_total
    from document_totals
    full join mart_totals
        on
            document_totals.period_kind = mart_totals.period_kind
            and document_totals.period_start = mart_totals.period_start
    union all
    select
        case when mart_totals.is_total then 'achieved_amount' else 'achieved_amount by product group' end as measure,
        coalesce(document_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(document_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(document_totals.shared_amount, 0) as source_total,
        coalesce(mart_totals.achieved_amount, 0) * coalesce(document_totals.is_compared, 1) as mart_total
    from document_totals
    full join mart_totals
        on
            document_totals.period_kind = mart_totals.period_kind
            and document_totals.period_start = mart_totals.period_start
    union all
    select
        'target_amount of salespeople, as set last' as measure,
        period_kinds.period_kind,
        cast(null as date) as period_start,
        coalesce(set_totals.target_amount, 0) as source_total,
        coalesce(told_totals.target_amount, 0) as mart_total
    from period_kinds
    cross join set_totals
    left join told_totals on period_kinds.period_kind = told_totals.period_kind
    union all
    select
        'target_quantity of salespeople, as set last' as measure,
        period_kinds.period_kind,
        cast(null as date) as period_start,
        coalesce(set_totals.target_quantity, 0) as source_total,
        coalesce(told_totals.target_quantity, 0) as mart_total
    from period_kinds
    cross join set_totals
    left join told_totals on period_kinds.period_kind = told_totals.period_kind
)

select * from compared
