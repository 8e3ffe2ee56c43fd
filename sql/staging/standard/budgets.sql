-- One row per product family, market region and period of a budget of an extract that has the entity's own columns.
with

landed as (
    select * from landing.budgets
),

renamed as (
    select
        snapshot_date,
        version,
        family,
        market_region,
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
