-- One row per customer, territory and first day of the assignment of an extract that has the entity's own columns.
with

landed as (
    select * from landing.account_assignments
),

renamed as (
    select
        customer_id,
        territory_id,
        valid_from,
        valid_to
    from landed
)

select * from renamed
