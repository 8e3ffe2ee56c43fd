-- One row per opportunity of an extract that has the entity's own columns.
with

landed as (
    select * from landing.opportunities
),

renamed as (
    select
        opportunity_id,
        customer_id,
        salesperson_id,
        stage,
        amount,
        currency,
        probability_rate,
        created_date,
        expected_close_date,
        closed_date,
        is_won,
        is_closed
    from landed
)

select * from renamed
