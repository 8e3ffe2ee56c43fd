-- Every product and period in which supply_projection's row for all locations is not the sum of its locations' rows.
with

supply_projection as (
    select * from marts.supply_projection
),

-- What one location sends another cancels out.
totals as (
    select
        product_id,
        period_kind,
        period_start,
        sum(case when is_all_locations then -opening_quantity else opening_quantity end) as opening_difference,
        sum(case when is_all_locations then -order_quantity else order_quantity end) as order_difference,
        sum(case when is_all_locations then -net_forecast_quantity else net_forecast_quantity end)
            as net_forecast_difference,
        sum(
            case when is_all_locations then -planned_receipt_quantity else planned_receipt_quantity end
        ) as planned_receipt_difference,
        sum(required_transfer_in_quantity - required_transfer_out_quantity) as transfer_difference,
        sum(case when is_all_locations then -closing_quantity else closing_quantity end) as closing_difference
    from supply_projection
    group by product_id, period_kind, period_start
),

different as (
    select * from totals
    where
        opening_difference <> 0
        or order_difference <> 0
        or net_forecast_difference <> 0
        or planned_receipt_difference <> 0
        or transfer_difference <> 0
        or closing_difference <> 0
)

select * from different
