-- One row per series of demand (product, location, kind of period) and period since its first demand in which something
-- happened.
with

demand as (
    select * from intermediate.demand_by_period
),

series as (
    select * from intermediate.demand_series
),

periods as (
    select * from intermediate.periods
),

-- A sum of which a part is not known is not known.
summed as (
    select
        series.series_number,
        demand.period_kind,
        demand.period_start,
        sum(demand.demand_quantity) as demand_quantity,
        sum(demand.shipped_quantity) as shipped_quantity,
        sum(demand.invoiced_quantity) as invoiced_quantity,
        case when count(*) = count(demand.demand_amount) then sum(demand.demand_amount) end as demand_amount,
        case when count(*) = count(demand.net_sales_amount) then sum(demand.net_sales_amount) end as net_sales_amount
    from demand
    inner join series
        on
            demand.product_id = series.product_id
            and demand.location_id = series.location_id
            and demand.period_kind = series.period_kind
    where demand.period_start >= series.first_demand_period_start
    group by series.series_number, demand.period_kind, demand.period_start
),

indexed as (
    select
        summed.series_number,
        summed.period_kind,
        summed.period_start,
        periods.period_index,
        periods.is_period_complete,
        cast(summed.demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(summed.shipped_quantity as decimal(18, 4)) as shipped_quantity,
        cast(summed.invoiced_quantity as decimal(18, 4)) as invoiced_quantity,
        cast(summed.demand_amount as decimal(18, 4)) as demand_amount,
        cast(summed.net_sales_amount as decimal(18, 4)) as net_sales_amount
    from summed
    inner join periods
        on
            summed.period_kind = periods.period_kind
            and summed.period_start = periods.period_start
)

select * from indexed
