-- One row per target, product group and period of a set of sales targets of an extract that has the entity's own columns.
with

landed as (
    select * from landing.sales_targets
),

renamed as (
    select
        snapshot_date,
        version,
        target_of,
        target_id,
        product_group,
        period_start,
        period_end,
        quantity,
        amount,
        currency,
        known_at,
        status
    from landed
)

select * from renamed
