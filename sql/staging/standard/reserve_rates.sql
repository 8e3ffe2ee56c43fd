-- One row per product class, age and first day of the rate of an extract that has the entity's own columns.
with

landed as (
    select * from landing.reserve_rates
),

renamed as (
    select
        product_class,
        from_age_days,
        valid_from,
        rate
    from landed
)

select * from renamed
