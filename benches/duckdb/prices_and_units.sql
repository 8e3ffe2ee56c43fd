-- What several marts look up: prices, rates and units. Views, so that a script pays for those alone that it asks for.
-- `landing` has one view for each extract over its landed Parquet; the settings of the pipeline are variables.

-- Rates into the reporting currency, until they are replaced or too old; a rate out of it serves as its inverse.
create or replace temp view reporting_rates as
with directed as (
    select from_currency, rate_type, rate_date, rate
    from landing.exchange_rates
    where to_currency = getvariable('reporting_currency')
    union all
    select to_currency, rate_type, rate_date, 1 / rate
    from landing.exchange_rates as inverse
    where
        from_currency = getvariable('reporting_currency')
        and not exists (
            select 1
            from landing.exchange_rates as direct
            where
                direct.from_currency = inverse.to_currency
                and direct.to_currency = inverse.from_currency
                and direct.rate_type = inverse.rate_type
                and direct.rate_date = inverse.rate_date
        )
)

select
    from_currency,
    rate_type,
    rate::decimal(18, 8) as rate,
    rate_date as valid_from,
    least(lead(rate_date) over by_date, rate_date + getvariable('max_rate_age_days') + 1) as valid_to
from directed
window by_date as (partition by from_currency, rate_type order by rate_date);

-- Plan prices in the reporting currency, of a location or of all.
create or replace temp view plan_prices as
with priced as (
    select
        prices.product_id,
        prices.location_id,
        prices.valid_from,
        coalesce(lead(prices.valid_from) over by_date, 'infinity'::date) as valid_to,
        prices.price,
        coalesce(prices.currency, companies.currency, getvariable('reporting_currency')) as currency
    from landing.prices
    left join landing.locations using (location_id)
    left join landing.companies using (company_id)
    where price_type = 'plan'
    window by_date as (partition by prices.product_id, prices.location_id order by prices.valid_from)
)

select
    product_id,
    location_id,
    priced.valid_from,
    priced.valid_to,
    case
        when currency = getvariable('reporting_currency') then price
        else round(price * rate, 4)
    end::decimal(18, 4) as price_amount
from priced
left join reporting_rates as rates
    on
        rates.from_currency = currency
        and rates.rate_type = 'plan'
        and priced.valid_from >= rates.valid_from
        and priced.valid_from < rates.valid_to;

-- Products with the factor that makes of their stock unit their planning unit: their own before one for all, a factor
-- before its inverse.
create or replace temp view products as
with factors as (
    select product_id, from_unit, to_unit, factor, 1 as direction from landing.product_units
    union all
    select product_id, to_unit, from_unit, 1 / factor, 2 from landing.product_units
),

units as (
    select product_id, stock_unit, coalesce(planning_unit, stock_unit) as planning_unit from landing.products
),

found as (
    select units.product_id, factors.factor
    from units
    inner join factors
        on
            factors.from_unit = units.stock_unit
            and factors.to_unit = units.planning_unit
            and factors.product_id in (units.product_id, '(all)')
    qualify
        row_number() over (partition by units.product_id order by factors.product_id = '(all)', factors.direction) = 1
)

select
    product_id,
    coalesce(family, '(unknown)') as family,
    coalesce(category, '(unknown)') as category,
    products.stock_unit,
    units.planning_unit,
    end_of_life_date,
    (case when units.planning_unit is not distinct from products.stock_unit then 1 else factor end)::decimal(18, 8)
        as planning_factor
from landing.products
inner join units using (product_id)
left join found using (product_id);

-- Locations with the currency of their company.
create or replace temp view locations as
select
    location_id,
    coalesce(market_region, '(unknown)') as market_region,
    calendar_id,
    companies.currency
from landing.locations
left join landing.companies using (company_id);
