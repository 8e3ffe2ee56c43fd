-- Every row of supply_projection whose opening, supply and demand do not make its closing, or the next period's opening.
with

supply_projection as (
    select * from marts.supply_projection
),

-- What there is to start with, and all supply and demand up to and with the period.
summed as (
    select
        *,
        sum(
            on_hand_quantity
            + past_due_receipt_quantity
            - past_due_order_quantity
            + scheduled_production_quantity
            + scheduled_purchase_quantity
            + planned_receipt_quantity
            + required_transfer_in_quantity
            - order_quantity
            - net_forecast_quantity
            - required_transfer_out_quantity
        ) over (
            partition by product_id, location_id, period_kind, plan_version
            order by period_start asc
            rows between unbounded preceding and current row
        ) as expected_closing_quantity
    from supply_projection
),

unbalanced as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        opening_quantity,
        supply_quantity,
        demand_quantity,
        closing_quantity,
        expected_closing_quantity
    from summed
    where
        opening_quantity + supply_quantity - demand_quantity <> closing_quantity
        or expected_closing_quantity <> closing_quantity
)

select * from unbalanced
