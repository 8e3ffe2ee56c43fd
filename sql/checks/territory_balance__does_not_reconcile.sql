-- Every total of territory_balance by both alignments, beside those of the invoice lines and of the customers themselves.
with

sales as (
    select * from staging.sales
),

customers as (
    select * from staging.customers
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
    select distinct period_kind from settings.territory_balance_period_kinds
),

calendar_days as (
    select * from intermediate.period_days
),

days as (
    select date from marts.dim_date
),

territory_balance as (
    select * from marts.territory_balance
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

-- A rate of every day, so that a line finds its own by equality.
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

invoiced as (
    select
        case
            when sales.is_credit_note and $return_period = 'origin' and origins.invoice_date is not null
                then origins.invoice_date
            else sales.invoice_date
        end as date,
        case
            when coalesce(sales.currency, companies.currency) = $reporting_currency then sales.net_amount
            else cast(round(sales.net_amount * rate_days.rate, 4) as decimal(18, 4))
        end as net_amount
    from sales
    left join origins on sales.origin_invoice_id = origins.invoice_id
    left join locations on sales.location_id = locations.location_id
    left join companies on locations.company_id = companies.company_id
    left join rate_days
        on
            coalesce(sales.currency, companies.currency) = rate_days.from_currency
            and sales.invoice_date = rate_days.date
    where sales.invoice_date <= $as_of
),

-- What lies on a day without a period stays, with a period that the mart cannot have.
invoiced_periods as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(invoiced.net_amount) as sales_amount,
        count(*) as invoice_line_count,
        count(*) - count(invoiced.net_amount) as missing_rate_count
    from invoiced
    left join period_days on invoiced.date = period_days.date
    group by period_days.period_kind, period_days.period_start
),

-- The customers' own totals are those of each period.
account_totals as (
    select
        count(*) as account_count,
        coalesce(sum(sales_potential), 0) as potential_amount,
        count(*) - count(sales_potential) as missing_potential_count
    from customers
),

mart_periods as (
    select
        alignment,
        period_kind,
        period_start,
        coalesce(sum(sales_amount), 0) as sales_amount,
        sum(invoice_line_count) as invoice_line_count,
        sum(missing_rate_count) as missing_rate_count,
        sum(account_count) as account_count,
        coalesce(sum(potential_amount), 0) as potential_amount
    from territory_balance
    group by alignment, period_kind, period_start
),

alignments as (
    select 'current' as alignment
    union all
    select 'then' as alignment
),

all_totals as (
    select
        'source' as origin,
        alignments.alignment,
        invoiced_periods.period_kind,
        invoiced_periods.period_start,
        invoiced_periods.sales_amount,
        invoiced_periods.invoice_line_count,
        invoiced_periods.missing_rate_count,
        0 as account_count,
        0 as potential_amount
    from invoiced_periods
    cross join alignments
    union all
    select
        'source' as origin,
        mart_periods.alignment,
        mart_periods.period_kind,
        mart_periods.period_start,
        0 as sales_amount,
        0 as invoice_line_count,
        0 as missing_rate_count,
        account_totals.account_count,
        account_totals.potential_amount
    from mart_periods
    cross join account_totals
    union all
    select
        'mart' as origin,
        mart_periods.*
    from mart_periods
),

known as (
    select
        all_totals.*,
        account_totals.missing_potential_count,
        sum(all_totals.missing_rate_count) over (
            partition by all_totals.alignment, all_totals.period_kind, all_totals.period_start
        ) as period_missing_rate_count
    from all_totals
    cross join account_totals
),

measures as (
    select 'sales_amount' as measure
    union all
    select 'invoice lines' as measure
    union all
    select 'invoice lines without a rate' as measure
    union all
    select 'accounts' as measure
    union all
    select 'potential_amount' as measure
),

-- Of a sum of which a part is not known the mart says nothing, so that such a period is left out.
totals as (
    select
        concat(measures.measure, ', alignment ', known.alignment) as measure,
        known.period_kind,
        known.period_start,
        known.origin,
        case measures.measure
            when 'sales_amount' then case when known.period_missing_rate_count = 0 then known.sales_amount else 0 end
            when 'invoice lines' then known.invoice_line_count
            when 'invoice lines without a rate' then known.missing_rate_count
            when 'accounts' then known.account_count
            else case when known.missing_potential_count = 0 then known.potential_amount else 0 end
        end as total
    from known
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
