-- One row per currency, type of rate and first day of a rate into the reporting currency, until it is replaced or too old.
with

exchange_rates as (
    select * from staging.exchange_rates
),

-- A rate from the reporting currency serves as its inverse, where there is none into it.
directed as (
    select
        from_currency,
        rate_type,
        rate_date,
        rate,
        1 as direction
    from exchange_rates
    where to_currency = $reporting_currency
    union all
    select
        to_currency as from_currency,
        rate_type,
        rate_date,
        1 / cast(rate as decimal(28, 18)) as rate,
        2 as direction
    from exchange_rates
    where from_currency = $reporting_currency
),

ranked as (
    select
        from_currency,
        rate_type,
        rate_date,
        rate,
        row_number() over (partition by from_currency, rate_type, rate_date order by direction asc) as place
    from directed
),

best as (
    select
        from_currency,
        rate_type,
        rate_date as valid_from,
        cast(rate as decimal(18, 8)) as rate,
        lead(rate_date) over (partition by from_currency, rate_type order by rate_date asc) as next_date
    from ranked
    where place = 1
),

-- A rate counts on its own day and the days after it that the setting allows.
bounded as (
    select
        from_currency,
        rate_type,
        valid_from,
        least(next_date, valid_from + $max_rate_age_days + 1) as valid_to,
        rate
    from best
)

select * from bounded
