-- Every opportunity that was closed before the day on which it was created: its cycle has no number of days.
with

opportunities as (
    select * from staging.opportunities
),

reversed as (
    select
        opportunity_id,
        customer_id,
        salesperson_id,
        created_date,
        closed_date,
        is_won
    from opportunities
    where closed_date < created_date
)

select * from reversed
