-- One row per product, location and kind of period with stock, demand or supply, with the last period that the product has.
with

openings as (
    select * from intermediate.supply_openings
),

flows as (
    select * from intermediate.supply_flows
),

periods as (
    select * from intermediate.supply_periods
),

sourcing as (
    select * from intermediate.supply_sourcing
),

first_periods as (
    select
        period_kind,
        period_index
    from periods
    where is_first_open_period
),

-- What is in stock and nothing else has one period.
places as (
    select
        openings.product_id,
        openings.location_id,
        first_periods.period_kind,
        first_periods.period_index
    from openings
    cross join first_periods
    union all
    select
        product_id,
        location_id,
        period_kind,
        period_index
    from flows
    where
        order_quantity <> 0
        or consumed_quantity <> 0
        or net_forecast_quantity <> 0
        or production_quantity <> 0
        or purchase_quantity <> 0
        or plan_quantity <> 0
),

spans as (
    select
        product_id,
        location_id,
        period_kind,
        max(period_index) as period_index
    from places
    group by product_id, location_id, period_kind
),

-- A plant that is to supply others may have nothing of it yet.
with_plants as (
    select * from spans
    union all
    select
        spans.product_id,
        sourcing.plant_id as location_id,
        spans.period_kind,
        spans.period_index
    from spans
    inner join sourcing
        on
            spans.product_id = sourcing.product_id
            and spans.location_id = sourcing.location_id
),

distinct_places as (
    select
        product_id,
        location_id,
        period_kind,
        max(period_index) as period_index
    from with_plants
    group by product_id, location_id, period_kind
),

-- All locations of a product have the same periods, so that they add up.
horizons as (
    select
        product_id,
        location_id,
        period_kind,
        max(period_index) over (partition by product_id, period_kind) as last_period_index
    from distinct_places
)

select * from horizons
