-- One row per product, location and kind of period with any demand: its number, and the first period with demand.
with

demand as (
    select * from intermediate.demand_by_period
),

periods as (
    select * from intermediate.periods
),

-- Customers are not told apart: one may cancel what another one wants.
summed as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        sum(demand_quantity) as demand_quantity
    from demand
    group by product_id, location_id, period_kind, period_start
),

first_periods as (
    select
        product_id,
        location_id,
        period_kind,
        min(period_start) as first_demand_period_start
    from summed
    where demand_quantity > 0
    group by product_id, location_id, period_kind
),

numbered as (
    select
        first_periods.product_id,
        first_periods.location_id,
        first_periods.period_kind,
        first_periods.first_demand_period_start,
        periods.period_index as first_demand_index,
        row_number() over (
            order by
                first_periods.period_kind asc, first_periods.product_id asc, first_periods.location_id asc
        ) as series_number
    from first_periods
    inner join periods
        on
            first_periods.period_kind = periods.period_kind
            and first_periods.first_demand_period_start = periods.period_start
)

select * from numbered
