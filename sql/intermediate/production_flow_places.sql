-- One row per product, location and period from the first in which anything was made, lay or was sold there to `$as_of`.
with

orders as (
    select * from intermediate.production_flow_orders
),

completions as (
    select * from intermediate.production_flow_completions
),

stock as (
    select * from intermediate.production_flow_stock
),

costs as (
    select * from intermediate.production_flow_costs
),

periods as (
    select * from intermediate.periods
),

paces as (
    select * from intermediate.production_flow_paces
),

named as (
    select product_id, location_id, period_kind, period_start from orders
    union all
    select product_id, location_id, period_kind, period_start from completions
    union all
    select product_id, location_id, period_kind, period_start from stock
    union all
    select product_id, location_id, period_kind, period_start from costs
    union all
    select product_id, location_id, period_kind, period_start from paces
),

indexed as (
    select
        named.product_id,
        named.location_id,
        named.period_kind,
        min(periods.period_index) as first_index
    from named
    inner join periods
        on
            named.period_kind = periods.period_kind
            and named.period_start = periods.period_start
    group by named.product_id, named.location_id, named.period_kind
),

last_periods as (
    select
        period_kind,
        period_index as last_index
    from periods
    where
        period_start <= $as_of
        and period_end > $as_of
),

spans as (
    select
        indexed.product_id,
        indexed.location_id,
        indexed.period_kind,
        unnest(range(indexed.first_index, last_periods.last_index + 1)) as period_index
    from indexed
    inner join last_periods on indexed.period_kind = last_periods.period_kind
),

places as (
    select
        spans.product_id,
        spans.location_id,
        periods.period_kind,
        periods.period_index,
        periods.period_start,
        periods.period_end
    from spans
    inner join periods
        on
            spans.period_kind = periods.period_kind
            and spans.period_index = periods.period_index
)

select * from places
