-- One row per alignment, territory and period with sales to accounts that are, or then were, in it.
with

account_sales_days as (
    select * from intermediate.account_sales_days
),

spans as (
    select * from intermediate.account_territory_spans
),

current_spans as (
    select * from intermediate.account_territory_spans
    where valid_from <= $as_of and valid_to > $as_of
),

period_days as (
    select * from intermediate.territory_period_days
),

aligned as (
    select
        'then' as alignment,
        coalesce(spans.territory_id, '(unknown)') as territory_id,
        account_sales_days.date,
        account_sales_days.known_sales_amount,
        account_sales_days.invoice_line_count,
        account_sales_days.missing_rate_count
    from account_sales_days
    left join spans
        on
            account_sales_days.customer_id = spans.customer_id
            and account_sales_days.date >= spans.valid_from
            and account_sales_days.date < spans.valid_to
    union all
    select
        'current' as alignment,
        coalesce(current_spans.territory_id, '(unknown)') as territory_id,
        account_sales_days.date,
        account_sales_days.known_sales_amount,
        account_sales_days.invoice_line_count,
        account_sales_days.missing_rate_count
    from account_sales_days
    left join current_spans on account_sales_days.customer_id = current_spans.customer_id
),

by_day as (
    select
        alignment,
        territory_id,
        date,
        sum(known_sales_amount) as known_sales_amount,
        sum(invoice_line_count) as invoice_line_count,
        sum(missing_rate_count) as missing_rate_count
    from aligned
    group by alignment, territory_id, date
),

summed as (
    select
        by_day.alignment,
        by_day.territory_id,
        period_days.period_kind,
        period_days.period_start,
        sum(by_day.known_sales_amount) as known_sales_amount,
        sum(by_day.invoice_line_count) as invoice_line_count,
        sum(by_day.missing_rate_count) as missing_rate_count
    from by_day
    inner join period_days on by_day.date = period_days.date
    group by by_day.alignment, by_day.territory_id, period_days.period_kind, period_days.period_start
)

select * from summed
