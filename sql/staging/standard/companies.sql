-- One row per company of an extract that has the entity's own columns.
with

landed as (
    select * from landing.companies
),

renamed as (
    select
        company_id,
        name,
        currency
    from landed
)

select * from renamed
