-- One row per product, location, kind of period and open period up to the product's last: what is known to come and to go.
with

places as (
    select * from intermediate.supply_places
),

openings as (
    select * from intermediate.supply_openings
),

flows as (
    select * from intermediate.supply_flows
),

periods as (
    select * from intermediate.supply_periods
),

products as (
    select * from marts.dim_product
),

shares as (
    select * from intermediate.supply_location_shares
),

safety as (
    select
        shares.product_id,
        shares.location_id,
        cast(
            round(cast(products.safety_stock_quantity * shares.weight_through as decimal(38, 8)) / shares.weight_of_all, 4)
            - round(cast(products.safety_stock_quantity * shares.weight_before as decimal(38, 8)) / shares.weight_of_all, 4)
            as decimal(18, 4)
        ) as safety_stock_quantity
    from shares
    inner join products on shares.product_id = products.product_id
),

-- What there is to begin with stands in the first period alone, so that it adds up over periods.
completed as (
    select
        places.product_id,
        places.location_id,
        periods.period_kind,
        periods.period_index,
        periods.first_open_date,
        periods.open_day_count,
        case when periods.is_first_open_period then coalesce(openings.on_hand_quantity, 0) else 0 end
            as on_hand_quantity,
        case when periods.is_first_open_period then coalesce(openings.past_due_order_quantity, 0) else 0 end
            as past_due_order_quantity,
        case when periods.is_first_open_period then coalesce(openings.past_due_receipt_quantity, 0) else 0 end
            as past_due_receipt_quantity,
        coalesce(flows.has_forecast, false) as has_forecast,
        coalesce(flows.order_quantity, 0) as order_quantity,
        coalesce(flows.consumed_quantity, 0) as consumed_quantity,
        coalesce(flows.net_forecast_quantity, 0) as net_forecast_quantity,
        coalesce(flows.production_quantity, 0) as production_quantity,
        coalesce(flows.purchase_quantity, 0) as purchase_quantity,
        coalesce(flows.plan_quantity, 0) as plan_quantity,
        coalesce(flows.planned_receipt_quantity, 0) as planned_receipt_quantity,
        coalesce(safety.safety_stock_quantity, 0) as safety_stock_quantity
    from places
    inner join periods
        on
            places.period_kind = periods.period_kind
            and places.last_period_index >= periods.period_index
    left join openings
        on
            places.product_id = openings.product_id
            and places.location_id = openings.location_id
    left join safety
        on
            places.product_id = safety.product_id
            and places.location_id = safety.location_id
    left join flows
        on
            places.product_id = flows.product_id
            and places.location_id = flows.location_id
            and periods.period_kind = flows.period_kind
            and periods.period_index = flows.period_index
)

select * from completed
