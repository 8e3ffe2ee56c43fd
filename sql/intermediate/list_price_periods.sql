-- One row per product, location or `(all)`, kind of period and period in which a list price holds: the price at its end,
-- and whether any day of it had that of a promotion.
with

prices as (
    select * from staging.prices
    where price_type = 'list'
),

period_days as (
    select * from intermediate.signal_period_days
),

periods as (
    select * from intermediate.periods
),

bounds as (
    select
        min(date) as first_date,
        max(date) as last_date
    from period_days
),

spans as (
    select
        product_id,
        location_id,
        price,
        currency,
        coalesce(is_promotion, false) as is_promotion,
        valid_from,
        lead(valid_from) over (partition by product_id, location_id order by valid_from asc) as valid_to
    from prices
),

cut as (
    select
        spans.*,
        greatest(spans.valid_from, bounds.first_date) as first_date,
        least(coalesce(spans.valid_to - 1, bounds.last_date), bounds.last_date) as last_date
    from spans
    cross join bounds
),

indexed as (
    select
        cut.product_id,
        cut.location_id,
        cut.price,
        cut.currency,
        cut.is_promotion,
        cut.valid_from,
        cut.valid_to,
        first_days.period_kind,
        unnest(range(first_days.period_index, last_days.period_index + 1)) as period_index
    from cut
    inner join period_days as first_days on cut.first_date = first_days.date
    inner join period_days as last_days
        on
            cut.last_date = last_days.date
            and first_days.period_kind = last_days.period_kind
    where cut.first_date <= cut.last_date
),

summed as (
    select
        indexed.product_id,
        indexed.location_id,
        indexed.period_kind,
        indexed.period_index,
        bool_or(indexed.is_promotion) as has_promotion,
        max(case when periods.period_end - 1 >= indexed.valid_from then indexed.price end) filter (
            where indexed.valid_to is null or indexed.valid_to >= periods.period_end
        ) as price,
        max(indexed.currency) filter (
            where indexed.valid_to is null or indexed.valid_to >= periods.period_end
        ) as currency
    from indexed
    inner join periods
        on
            indexed.period_kind = periods.period_kind
            and indexed.period_index = periods.period_index
    group by indexed.product_id, indexed.location_id, indexed.period_kind, indexed.period_index
)

select * from summed
