-- One row per product, location and fiscal month with stockout days, with what was asked for on working days before it.
with

stockout_days as (
    select * from intermediate.stockout_days
),

in_stock_demand as (
    select * from intermediate.in_stock_demand
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
    select unnest(range(1, $lost_sales_periods + 1)) as months_back
),

calendar_months as (
    select
        working_days.calendar_id,
        month_days.period_index,
        count(*) as working_day_count
    from working_days
    inner join month_days on working_days.date = month_days.date
    where working_days.is_working_day
    group by working_days.calendar_id, month_days.period_index
),

stockout_months as (
    select
        product_id,
        location_id,
        period_index,
        first_index,
        bool_or(is_recurring) as is_recurring,
        count(*) as stockout_day_count
    from stockout_days
    where is_working_day
    group by product_id, location_id, period_index, first_index
),

-- Before it was first asked for there was nothing to expect.
looked_back as (
    select
        stockout_months.product_id,
        stockout_months.location_id,
        stockout_months.period_index,
        stockout_months.period_index - months_back.months_back as earlier_index
    from stockout_months
    cross join months_back
    where
        stockout_months.is_recurring
        and stockout_months.period_index - months_back.months_back >= stockout_months.first_index
),

summed as (
    select
        looked_back.product_id,
        looked_back.location_id,
        looked_back.period_index,
        cast(coalesce(sum(in_stock_demand.demand_quantity), 0) as decimal(18, 4)) as in_stock_quantity,
        sum(calendar_months.working_day_count) - coalesce(sum(earlier_stockouts.stockout_day_count), 0)
            as in_stock_day_count
    from looked_back
    inner join location_calendars on looked_back.location_id = location_calendars.location_id
    inner join calendar_months
        on
            location_calendars.calendar_id = calendar_months.calendar_id
            and looked_back.earlier_index = calendar_months.period_index
    left join stockout_months as earlier_stockouts
        on
            looked_back.product_id = earlier_stockouts.product_id
            and looked_back.location_id = earlier_stockouts.location_id
            and looked_back.earlier_index = earlier_stockouts.period_index
    left join in_stock_demand
        on
            looked_back.product_id = in_stock_demand.product_id
            and looked_back.location_id = in_stock_demand.location_id
            and looked_back.earlier_index = in_stock_demand.period_index
    group by looked_back.product_id, looked_back.location_id, looked_back.period_index
),

-- What is asked for on a working day on which something is in stock; NULL where there was no such day.
expected as (
    select
        *,
        cast(round(in_stock_quantity / nullif(in_stock_day_count, 0), 4) as decimal(18, 4)) as expected_quantity
    from summed
)

select * from expected
