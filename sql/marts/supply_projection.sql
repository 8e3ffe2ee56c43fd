-- One row per product, location or `(all)` of them, open period and plan version: what will be there, and what is missing.
with

valued as (
    select * from intermediate.supply_valued
),

states as (
    select * from intermediate.supply_states
),

products as (
    select * from marts.dim_product
),

completed as (
    select
        valued.product_id,
        valued.location_id,
        valued.period_kind,
        valued.period_start,
        states.plan_version,
        valued.period_end,
        false as is_period_complete,
        valued.is_first_open_period,
        valued.location_id = '(all)' as is_all_locations,
        cast(valued.on_hand_quantity as decimal(18, 4)) as on_hand_quantity,
        cast(valued.past_due_order_quantity as decimal(18, 4)) as past_due_order_quantity,
        cast(valued.past_due_receipt_quantity as decimal(18, 4)) as past_due_receipt_quantity,
        cast(valued.opening_quantity as decimal(18, 4)) as opening_quantity,
        cast(valued.order_quantity as decimal(18, 4)) as order_quantity,
        cast(valued.net_forecast_quantity + valued.consumed_quantity as decimal(18, 4)) as forecast_quantity,
        cast(valued.consumed_quantity as decimal(18, 4)) as consumed_forecast_quantity,
        cast(valued.net_forecast_quantity as decimal(18, 4)) as net_forecast_quantity,
        valued.has_forecast = false as has_no_forecast,
        cast(valued.transfer_out_quantity as decimal(18, 4)) as required_transfer_out_quantity,
        cast(valued.demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(valued.production_quantity as decimal(18, 4)) as scheduled_production_quantity,
        cast(valued.purchase_quantity as decimal(18, 4)) as scheduled_purchase_quantity,
        cast(valued.plan_quantity as decimal(18, 4)) as plan_quantity,
        cast(valued.planned_receipt_quantity as decimal(18, 4)) as planned_receipt_quantity,
        cast(valued.transfer_in_quantity as decimal(18, 4)) as required_transfer_in_quantity,
        cast(valued.supply_quantity as decimal(18, 4)) as supply_quantity,
        cast(valued.closing_quantity as decimal(18, 4)) as closing_quantity,
        cast(valued.safety_stock_quantity as decimal(18, 4)) as safety_stock_quantity,
        cast(valued.shortage_quantity as decimal(18, 4)) as shortage_quantity,
        cast(valued.unmet_demand_quantity as decimal(18, 4)) as unmet_demand_quantity,
        valued.available_to_promise_quantity,
        valued.cumulative_available_to_promise_quantity,
        valued.cover_days,
        valued.is_cover_open_ended,
        valued.status,
        valued.has_demand,
        valued.has_dependent_demand,
        products.stock_unit,
        cast(valued.opening_quantity * products.planning_factor as decimal(18, 4)) as planning_opening_quantity,
        cast(valued.demand_quantity * products.planning_factor as decimal(18, 4)) as planning_demand_quantity,
        cast(valued.supply_quantity * products.planning_factor as decimal(18, 4)) as planning_supply_quantity,
        cast(valued.closing_quantity * products.planning_factor as decimal(18, 4)) as planning_closing_quantity,
        cast(valued.shortage_quantity * products.planning_factor as decimal(18, 4)) as planning_shortage_quantity,
        cast(valued.unmet_demand_quantity * products.planning_factor as decimal(18, 4))
            as planning_unmet_demand_quantity,
        products.planning_unit,
        products.planning_factor is null as has_no_planning_unit,
        cast(round(valued.opening_quantity * valued.plan_price, 4) as decimal(18, 4)) as opening_amount,
        cast(round(valued.demand_quantity * valued.plan_price, 4) as decimal(18, 4)) as demand_amount,
        cast(round(valued.supply_quantity * valued.plan_price, 4) as decimal(18, 4)) as supply_amount,
        cast(round(valued.closing_quantity * valued.plan_price, 4) as decimal(18, 4)) as closing_amount,
        cast(round(valued.shortage_quantity * valued.plan_price, 4) as decimal(18, 4)) as shortage_amount,
        cast(round(valued.unmet_demand_quantity * valued.plan_price, 4) as decimal(18, 4)) as unmet_demand_amount,
        $reporting_currency as currency,
        valued.plan_price is null as has_no_plan_price,
        $supply_forecast_type as forecast_type,
        states.forecast_snapshot_date,
        $supply_order_date as orders_dated_by,
        $consumption_periods_back as consumed_periods_back,
        $consumption_periods_ahead as consumed_periods_ahead,
        $supply_overstock_days as overstock_days,
        states.state_known_at
    from valued
    left join products on valued.product_id = products.product_id
    cross join states
)

select * from completed
