-- One row per pipeline: the currency of amounts that name neither a currency nor a location.
with

companies as (
    select * from staging.companies
),

-- Where companies differ, it is the reporting currency.
common_currency as (
    select coalesce(case when min(currency) = max(currency) then min(currency) end, $reporting_currency) as currency
    from companies
)

select * from common_currency
