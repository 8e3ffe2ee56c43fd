-- Every opportunity that is closed and does not say when: it is in no period, and counts as closed on every day.
with

opportunities as (
    select * from staging.opportunities
),

undated as (
    select
        opportunity_id,
        customer_id,
        salesperson_id,
        stage,
        created_date,
        is_won
    from opportunities
    where is_closed and closed_date is null
)

select * from undated
