-- One row per product, location and day on which nothing was in stock, of months that lost sales look at or back to.
with

spans as (
    select * from intermediate.stockout_spans
),

recurring_demand as (
    select * from intermediate.recurring_demand
),

month_days as (
    select * from intermediate.month_days
),

location_calendars as (
    select * from intermediate.location_calendars
),

working_days as (
    select * from intermediate.working_days
),

months_back as (
    select unnest(range(0, $lost_sales_periods + 1)) as months_back
),

-- Beyond the months with recurring demand, and those that their expectation is made of, no day is looked at.
looked_at as (
    select
        recurring_demand.product_id,
        recurring_demand.location_id,
        recurring_demand.period_index - months_back.months_back as period_index,
        recurring_demand.first_index,
        max(case when months_back.months_back = 0 then 1 else 0 end) = 1 as is_recurring
    from recurring_demand
    cross join months_back
    group by
        recurring_demand.product_id,
        recurring_demand.location_id,
        recurring_demand.period_index - months_back.months_back,
        recurring_demand.first_index
),

months as (
    select distinct period_index, period_start, period_end
    from month_days
),

first_days as (
    select min(date) as first_date from month_days
),

believed as (
    select
        spans.product_id,
        spans.location_id,
        greatest(spans.from_date, first_days.first_date) as from_date,
        spans.to_date,
        spans.stock_quantity
    from spans
    cross join first_days
    where spans.to_date > first_days.first_date
),

by_month as (
    select
        believed.*,
        unnest(range(first_months.period_index, last_months.period_index + 1)) as period_index
    from believed
    inner join month_days as first_months on believed.from_date = first_months.date
    inner join month_days as last_months on believed.to_date - 1 = last_months.date
),

by_day as (
    select
        by_month.product_id,
        by_month.location_id,
        by_month.period_index,
        looked_at.is_recurring,
        looked_at.first_index,
        by_month.stock_quantity,
        cast(
            unnest(
                range(
                    greatest(by_month.from_date, months.period_start),
                    least(by_month.to_date, months.period_end),
                    interval '1 day'
                )
            ) as date
        ) as date
    from by_month
    inner join looked_at
        on
            by_month.product_id = looked_at.product_id
            and by_month.location_id = looked_at.location_id
            and by_month.period_index = looked_at.period_index
    inner join months on by_month.period_index = months.period_index
),

with_working_days as (
    select
        by_day.*,
        working_days.is_working_day
    from by_day
    inner join location_calendars on by_day.location_id = location_calendars.location_id
    inner join working_days
        on
            location_calendars.calendar_id = working_days.calendar_id
            and by_day.date = working_days.date
)

select * from with_working_days
