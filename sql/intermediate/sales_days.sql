-- One row per day of dim_date: whether it is worked by the calendar that spreads sales targets.
with

working_days as (
    select * from intermediate.working_days
),

sales_days as (
    select
        date,
        is_working_day
    from working_days
    where calendar_id = $sales_calendar
)

select * from sales_days
