-- One row per product, location or `(all)`, and first day of a plan price, in the reporting currency.
with

prices as (
    select * from staging.prices
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

-- A price without a currency is in that of its location's company; one that is for all locations, in the reporting currency.
plan_prices as (
    select
        prices.product_id,
        prices.location_id,
        prices.valid_from,
        lead(prices.valid_from) over (
            partition by prices.product_id, prices.location_id
            order by prices.valid_from asc
        ) as valid_to,
        prices.price,
        coalesce(prices.currency, companies.currency, $reporting_currency) as currency
    from prices
    left join locations on prices.location_id = locations.location_id
    left join companies on locations.company_id = companies.company_id
    where prices.price_type = 'plan'
),

converted as (
    select
        plan_prices.product_id,
        plan_prices.location_id,
        plan_prices.valid_from,
        plan_prices.valid_to,
        plan_prices.currency,
        case
            when plan_prices.currency = $reporting_currency then plan_prices.price
            else cast(round(plan_prices.price * reporting_rates.rate, 4) as decimal(18, 4))
        end as price_amount
    from plan_prices
    left join reporting_rates
        on
            plan_prices.currency = reporting_rates.from_currency
            and reporting_rates.rate_type = 'plan'
            and plan_prices.valid_from >= reporting_rates.valid_from
            and (reporting_rates.valid_to is null or plan_prices.valid_from < reporting_rates.valid_to)
)

select * from converted
