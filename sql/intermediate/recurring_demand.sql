-- One row per product, location and fiscal month before which there was demand in enough of the last months.
with

demand_days as (
    select * from intermediate.demand_days
),

month_days as (
    select * from intermediate.month_days
),

months_ahead as (
    select unnest(range(1, $lost_sales_recurring_window_periods + 1)) as months_ahead
),

current_month as (
    select period_index as current_index
    from month_days
    where date = $as_of
),

demanded as (
    select
        demand_days.product_id,
        demand_days.location_id,
        month_days.period_index,
        sum(demand_days.demand_quantity) as demand_quantity
    from demand_days
    inner join month_days on demand_days.date = month_days.date
    where
        demand_days.product_id <> '(unknown)'
        and demand_days.location_id <> '(unknown)'
        and demand_days.date <= $as_of
    group by demand_days.product_id, demand_days.location_id, month_days.period_index
),

first_months as (
    select
        product_id,
        location_id,
        min(period_index) as first_index
    from demanded
    where demand_quantity > 0
    group by product_id, location_id
),

-- A month of demand speaks for each of the months after it that look back so far.
spoken_for as (
    select
        demanded.product_id,
        demanded.location_id,
        demanded.period_index + months_ahead.months_ahead as period_index
    from demanded
    cross join months_ahead
    where demanded.demand_quantity > 0
),

counted as (
    select
        product_id,
        location_id,
        period_index,
        count(*) as demand_period_count
    from spoken_for
    group by product_id, location_id, period_index
),

recurring as (
    select
        counted.product_id,
        counted.location_id,
        counted.period_index,
        counted.demand_period_count,
        first_months.first_index
    from counted
    inner join first_months
        on
            counted.product_id = first_months.product_id
            and counted.location_id = first_months.location_id
    cross join current_month
    where
        counted.demand_period_count >= $lost_sales_recurring_periods
        and counted.period_index <= current_month.current_index
)

select * from recurring
