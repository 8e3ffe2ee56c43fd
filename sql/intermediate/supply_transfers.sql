-- One row per product, location, kind of period and open period: what plants have to send it, and it others.
with

location_periods as (
    select * from intermediate.supply_location_periods
),

sourcing as (
    select * from intermediate.supply_sourcing
),

sourced as (
    select distinct
        product_id,
        location_id
    from sourcing
    where location_id <> plant_id
),

-- What a location has at the end of each period if nothing is sent to it.
alone as (
    select
        location_periods.*,
        sum(
            location_periods.on_hand_quantity
            + location_periods.past_due_receipt_quantity
            - location_periods.past_due_order_quantity
            + location_periods.production_quantity
            + location_periods.purchase_quantity
            + location_periods.planned_receipt_quantity
            - location_periods.order_quantity
            - location_periods.net_forecast_quantity
        ) over to_period as alone_quantity
    from location_periods
    inner join sourced
        on
            location_periods.product_id = sourced.product_id
            and location_periods.location_id = sourced.location_id
    window to_period as (
        partition by location_periods.product_id, location_periods.location_id, location_periods.period_kind
        order by location_periods.period_index asc
        rows between unbounded preceding and current row
    )
),

-- Up to each period so much that never less than the safety stock is left.
needed as (
    select
        *,
        greatest(0, max(safety_stock_quantity - alone_quantity) over to_period) as needed_quantity
    from alone
    window to_period as (
        partition by product_id, location_id, period_kind
        order by period_index asc
        rows between unbounded preceding and current row
    )
),

required as (
    select
        *,
        needed_quantity
        - lag(needed_quantity, 1, 0) over (partition by product_id, location_id, period_kind order by period_index asc)
            as required_quantity
    from needed
),

-- Several plants send their parts, in the order of their names until nothing is left; parts are rounded as running totals.
shared as (
    select
        required.product_id,
        required.location_id,
        sourcing.plant_id,
        required.period_kind,
        required.period_index,
        round(required.required_quantity * least(1, sum(sourcing.share) over to_plant), 4)
        - round(required.required_quantity * least(1, sum(sourcing.share) over to_plant - sourcing.share), 4) as quantity
    from required
    inner join sourcing
        on
            required.product_id = sourcing.product_id
            and required.location_id = sourcing.location_id
            and required.first_open_date >= sourcing.valid_from
            and (sourcing.valid_to is null or required.first_open_date < sourcing.valid_to)
    where required.required_quantity > 0
    window to_plant as (
        partition by required.product_id, required.location_id, required.period_kind, required.period_index
        order by sourcing.plant_id asc
        rows between unbounded preceding and current row
    )
),

-- What a location makes itself it need not be sent.
sent as (
    select * from shared
    where location_id <> plant_id
),

both_ends as (
    select product_id, location_id, period_kind, period_index, quantity as in_quantity, 0 as out_quantity from sent
    union all
    select product_id, plant_id as location_id, period_kind, period_index, 0 as in_quantity, quantity as out_quantity
    from sent
),

summed as (
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        cast(sum(in_quantity) as decimal(18, 4)) as transfer_in_quantity,
        cast(sum(out_quantity) as decimal(18, 4)) as transfer_out_quantity
    from both_ends
    group by product_id, location_id, period_kind, period_index
)

select * from summed
