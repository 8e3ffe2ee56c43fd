-- One row per invoice line and salesperson of an extract that has the entity's own columns.
with

landed as (
    select * from landing.sales_credits
),

renamed as (
    select
        invoice_id,
        line_id,
        salesperson_id,
        share
    from landed
)

select * from renamed
