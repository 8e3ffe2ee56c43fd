-- One row per class of products and age from which a rate of reserve holds on `$as_of`, up to the next age.
with

reserve_rates as (
    select * from staging.reserve_rates
    where valid_from <= $as_of
),

newest as (
    select
        product_class,
        from_age_days,
        max(valid_from) as valid_from
    from reserve_rates
    group by product_class, from_age_days
),

steps as (
    select
        reserve_rates.product_class,
        cast(reserve_rates.from_age_days as bigint) as from_age_days,
        cast(
            lead(reserve_rates.from_age_days) over (
                partition by reserve_rates.product_class
                order by reserve_rates.from_age_days asc
            ) as bigint
        ) as to_age_days,
        reserve_rates.rate
    from reserve_rates
    inner join newest
        on
            reserve_rates.product_class = newest.product_class
            and reserve_rates.from_age_days = newest.from_age_days
            and reserve_rates.valid_from = newest.valid_from
)

select * from steps
