-- One row per currency and day on which a spot rate into the reporting currency counts.
with

reporting_rates as (
    select * from intermediate.reporting_rates
),

-- Looked up by day, a rate is found at once, where a span of days would be compared with every rate of the currency.
days as (
    select
        from_currency,
        rate,
        cast(unnest(range(valid_from, valid_to, interval '1 day')) as date) as date
    from reporting_rates
    where rate_type = 'spot'
)

select * from days
