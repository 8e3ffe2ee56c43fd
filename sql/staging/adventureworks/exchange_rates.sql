-- One row per pair of currencies, day and kind of rate: the day's average and the rate at its end.
with

landed as (
    select * from landing.currency_rates
),

rates as (
    select
        "FromCurrencyCode" as from_currency,
        "ToCurrencyCode" as to_currency,
        "CurrencyRateDate" as rate_date,
        'average' as rate_type,
        "AverageRate" as rate
    from landed
    union all
    select
        "FromCurrencyCode" as from_currency,
        "ToCurrencyCode" as to_currency,
        "CurrencyRateDate" as rate_date,
        'closing' as rate_type,
        "EndOfDayRate" as rate
    from landed
)

select * from rates
