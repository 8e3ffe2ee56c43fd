-- One row per event of an entity and date on which it happened or is to happen.
-- A new entity's dates are one more branch of the models below; attributes of master data (launch, end of life) are no
-- events.
with

dates_of_production as (
    select * from intermediate.event_dates_of_production
),

dates_of_sales as (
    select * from intermediate.event_dates_of_sales
),

all_dates as (
    select * from dates_of_production
    union all
    select * from dates_of_sales
)

select * from all_dates
