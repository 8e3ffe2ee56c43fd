-- One row per salesperson and day from which it holds of an extract that has the entity's own columns.
with

landed as (
    select * from landing.salespeople
),

renamed as (
    select
        salesperson_id,
        valid_from,
        name,
        manager_id,
        team,
        hire_date,
        crm_trained_date
    from landed
)

select * from renamed
