-- One row per pair of currencies, day and kind of rate of an extract that has the entity's own columns.
with

landed as (
    select * from landing.exchange_rates
),

renamed as (
    select
        from_currency,
        to_currency,
        rate_date,
        rate_type,
        rate
    from landed
)

select * from renamed
