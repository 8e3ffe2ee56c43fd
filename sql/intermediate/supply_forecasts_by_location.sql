-- One row per product, location, kind of period and open period: its part of forecasts, consumed or not.
with

net_forecasts as (
    select * from intermediate.supply_net_forecasts
),

shares as (
    select * from intermediate.supply_location_shares
),

-- What is forecast for all locations of a product without demand is for no location that is known.
shared as (
    select
        net_forecasts.product_id,
        coalesce(shares.location_id, '(unknown)') as location_id,
        net_forecasts.period_kind,
        net_forecasts.period_index,
        net_forecasts.consumed_quantity,
        net_forecasts.net_forecast_quantity,
        coalesce(shares.weight_before, 0) as weight_before,
        coalesce(shares.weight_through, 1) as weight_through,
        coalesce(shares.weight_of_all, 1) as weight_of_all
    from net_forecasts
    left join shares on net_forecasts.product_id = shares.product_id
    where net_forecasts.location_id = '(all)'
),

parts as (
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        round(cast(consumed_quantity * weight_through as decimal(38, 8)) / weight_of_all, 4)
        - round(cast(consumed_quantity * weight_before as decimal(38, 8)) / weight_of_all, 4) as consumed_quantity,
        round(cast(net_forecast_quantity * weight_through as decimal(38, 8)) / weight_of_all, 4)
        - round(cast(net_forecast_quantity * weight_before as decimal(38, 8)) / weight_of_all, 4)
            as net_forecast_quantity
    from shared
    union all
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        consumed_quantity,
        net_forecast_quantity
    from net_forecasts
    where location_id <> '(all)'
),

summed as (
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        cast(sum(consumed_quantity) as decimal(18, 4)) as consumed_quantity,
        cast(sum(net_forecast_quantity) as decimal(18, 4)) as net_forecast_quantity
    from parts
    group by product_id, location_id, period_kind, period_index
)

select * from summed
