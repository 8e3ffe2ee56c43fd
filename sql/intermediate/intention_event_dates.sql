-- One row per event of what is to be sold, by targets and budgets, and date of it.
with

target_dates as (
    select 'sales_targets.snapshot_date' as event, snapshot_date as date from staging.sales_targets
    union all
    select 'sales_targets.period_start' as event, period_start as date from staging.sales_targets
    union all
    select 'sales_targets.period_end' as event, period_end - 1 as date from staging.sales_targets
),

budget_dates as (
    select 'budgets.period_start' as event, period_start as date from staging.budgets
    union all
    select 'budgets.period_end' as event, period_end - 1 as date from staging.budgets
),

all_dates as (
    select * from target_dates
    union all
    select * from budget_dates
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
