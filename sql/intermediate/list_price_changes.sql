-- One row per product, location or `(all)`, kind of period and period in which a list price holds: whether any day of it,
-- or of the period before, had that of a promotion, and how the price at its end compares with that before.
with

price_periods as (
    select * from intermediate.list_price_periods
),

compared as (
    select
        price_periods.product_id,
        price_periods.location_id,
        price_periods.period_kind,
        price_periods.period_index,
        price_periods.has_promotion,
        coalesce(earlier.has_promotion, false) as had_promotion,
        case
            when coalesce(price_periods.currency, '') = coalesce(earlier.currency, '')
                then cast(price_periods.price / nullif(earlier.price, 0) - 1 as decimal(18, 6))
        end as price_change_rate
    from price_periods
    left join price_periods as earlier
        on
            price_periods.product_id = earlier.product_id
            and price_periods.location_id = earlier.location_id
            and price_periods.period_kind = earlier.period_kind
            and price_periods.period_index = earlier.period_index + 1
)

select * from compared
