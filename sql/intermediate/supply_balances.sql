-- One row per product, location or `(all)` of them, kind of period and open period: demand and supply, summed.
with

location_periods as (
    select * from intermediate.supply_location_periods
),

transfers as (
    select * from intermediate.supply_transfers
),

products as (
    select * from marts.dim_product
),

at_locations as (
    select
        location_periods.*,
        coalesce(transfers.transfer_in_quantity, 0) as transfer_in_quantity,
        coalesce(transfers.transfer_out_quantity, 0) as transfer_out_quantity
    from location_periods
    left join transfers
        on
            location_periods.product_id = transfers.product_id
            and location_periods.location_id = transfers.location_id
            and location_periods.period_kind = transfers.period_kind
            and location_periods.period_index = transfers.period_index
),

-- What locations send each other is neither demand nor supply of all of them.
at_all_locations as (
    select
        product_id,
        period_kind,
        period_index,
        first_open_date,
        open_day_count,
        sum(on_hand_quantity) as on_hand_quantity,
        sum(past_due_order_quantity) as past_due_order_quantity,
        sum(past_due_receipt_quantity) as past_due_receipt_quantity,
        bool_or(has_forecast) as has_forecast,
        sum(order_quantity) as order_quantity,
        sum(consumed_quantity) as consumed_quantity,
        sum(net_forecast_quantity) as net_forecast_quantity,
        sum(production_quantity) as production_quantity,
        sum(purchase_quantity) as purchase_quantity,
        sum(plan_quantity) as plan_quantity,
        sum(planned_receipt_quantity) as planned_receipt_quantity
    from location_periods
    group by product_id, period_kind, period_index, first_open_date, open_day_count
),

all_rows as (
    select * from at_locations
    union all
    select
        at_all_locations.product_id,
        '(all)' as location_id,
        at_all_locations.period_kind,
        at_all_locations.period_index,
        at_all_locations.first_open_date,
        at_all_locations.open_day_count,
        at_all_locations.on_hand_quantity,
        at_all_locations.past_due_order_quantity,
        at_all_locations.past_due_receipt_quantity,
        at_all_locations.has_forecast,
        at_all_locations.order_quantity,
        at_all_locations.consumed_quantity,
        at_all_locations.net_forecast_quantity,
        at_all_locations.production_quantity,
        at_all_locations.purchase_quantity,
        at_all_locations.plan_quantity,
        at_all_locations.planned_receipt_quantity,
        coalesce(products.safety_stock_quantity, 0) as safety_stock_quantity,
        0 as transfer_in_quantity,
        0 as transfer_out_quantity
    from at_all_locations
    left join products on at_all_locations.product_id = products.product_id
),

summed as (
    select
        *,
        on_hand_quantity + past_due_receipt_quantity - past_due_order_quantity as start_quantity,
        order_quantity + net_forecast_quantity + transfer_out_quantity as demand_quantity,
        production_quantity + purchase_quantity + planned_receipt_quantity as own_supply_quantity,
        production_quantity + purchase_quantity + planned_receipt_quantity + transfer_in_quantity as supply_quantity
    from all_rows
)

select * from summed
