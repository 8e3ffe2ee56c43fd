-- One row per product, location that is forecast or `(all)`, kind of period and open period: what orders leave of forecasts.
with

forecasts as (
    select * from intermediate.supply_forecast_periods
),

orders as (
    select * from intermediate.supply_orders
),

days as (
    select * from intermediate.supply_days
),

forecast_locations as (
    select distinct
        product_id,
        location_id
    from forecasts
),

-- An order is a part of what is forecast for its location, or else of what is forecast for all of them.
placed as (
    select
        orders.product_id,
        coalesce(own_forecasts.location_id, '(all)') as location_id,
        orders.due_date,
        orders.booked_quantity
    from orders
    left join forecast_locations as own_forecasts
        on
            orders.product_id = own_forecasts.product_id
            and orders.location_id = own_forecasts.location_id
    where orders.is_past_due = false
),

booked as (
    select
        placed.product_id,
        placed.location_id,
        days.period_kind,
        days.period_index,
        sum(placed.booked_quantity) as booked_quantity
    from placed
    inner join days on placed.due_date = days.date
    group by placed.product_id, placed.location_id, days.period_kind, days.period_index
),

sides as (
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        forecast_quantity,
        0 as order_quantity
    from forecasts
    union all
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        0 as forecast_quantity,
        booked_quantity as order_quantity
    from booked
),

consumed as (
    select
        product_id,
        location_id,
        period_kind,
        unnest(
            consumed_forecasts(
                named_struct(
                    'period', period_index,
                    'forecast_quantity', cast(forecast_quantity as decimal(18, 4)),
                    'order_quantity', cast(order_quantity as decimal(18, 4))
                ),
                $consumption_periods_back,
                $consumption_periods_ahead
            )
        ) as period
    from sides
    group by product_id, location_id, period_kind
),

-- Periods with orders alone are not forecast; those in which 0 is forecast are.
told as (
    select
        forecasts.product_id,
        forecasts.location_id,
        forecasts.period_kind,
        forecasts.period_index,
        consumed.period['consumed_quantity'] as consumed_quantity,
        consumed.period['net_forecast_quantity'] as net_forecast_quantity
    from forecasts
    inner join consumed
        on
            forecasts.product_id = consumed.product_id
            and forecasts.location_id = consumed.location_id
            and forecasts.period_kind = consumed.period_kind
            and forecasts.period_index = consumed.period['period']
)

select * from told
