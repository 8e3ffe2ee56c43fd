-- One row per event of an opportunity and date on which it happened or is expected to.
with

opportunities as (
    select * from staging.opportunities
),

history as (
    select * from intermediate.opportunity_changes
),

-- A day that was expected once may lie beyond those that are expected now.
all_dates as (
    select 'opportunities.created_date' as event, created_date as date from opportunities
    union all
    select 'opportunities.expected_close_date' as event, expected_close_date as date from opportunities
    union all
    select 'opportunities.closed_date' as event, closed_date as date from opportunities
    union all
    select 'opportunity_history.changed_at' as event, changed_date as date from history
    union all
    select 'opportunity_history.old_value' as event, try_cast(left(old_value, 10) as date) as date from history
    where field = 'expected_close_date'
    union all
    select 'opportunity_history.new_value' as event, try_cast(left(new_value, 10) as date) as date from history
    where field = 'expected_close_date'
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
