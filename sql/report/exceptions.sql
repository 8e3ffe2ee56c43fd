-- One row per exception, the 150 with the most at stake, and how many there are in all.
with

exceptions as (
    select
        *,
        count(*) over () as exception_count
    from marts.exceptions
),

worst as (
    select
        exception_rank,
        exception_type,
        severity,
        amount,
        amount_meaning,
        currency,
        period_kind,
        period_start,
        period_end,
        product_id,
        product_family,
        location_id,
        market_region,
        measure,
        value,
        limit_value,
        unit,
        description,
        mart,
        mart_filter,
        exception_count
    from exceptions
    where exception_rank <= 150
)

select * from worst
order by exception_rank asc
