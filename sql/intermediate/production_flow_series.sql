-- One row per product, location and period: work in process and stock at its end, and the mean of the stock of its days.
with

places as (
    select * from intermediate.production_flow_places
),

orders as (
    select * from intermediate.production_flow_orders
),

stock as (
    select * from intermediate.production_flow_stock
),

first_days as (
    select distinct
        location_id,
        first_stock_date
    from stock
),

completed as (
    select
        places.product_id,
        places.location_id,
        places.period_kind,
        places.period_start,
        places.period_end,
        places.period_index,
        coalesce(orders.wip_change_quantity, 0) as wip_change_quantity,
        coalesce(orders.wip_change_count, 0) as wip_change_count,
        coalesce(orders.unknown_wip_change_count, 0) as unknown_wip_change_count,
        coalesce(stock.change_quantity, 0) as change_quantity,
        coalesce(stock.change_value, 0) as change_value,
        coalesce(stock.quantity_days, 0) as quantity_days,
        coalesce(stock.value_days, 0) as value_days,
        coalesce(stock.has_unknown_value, false) as has_unknown_value,
        case
            when first_days.first_stock_date < least(places.period_end, $as_of + 1)
                then least(places.period_end, $as_of + 1) - greatest(places.period_start, first_days.first_stock_date)
            else 0
        end as stock_day_count
    from places
    left join orders
        on
            places.product_id = orders.product_id
            and places.location_id = orders.location_id
            and places.period_kind = orders.period_kind
            and places.period_start = orders.period_start
    left join stock
        on
            places.product_id = stock.product_id
            and places.location_id = stock.location_id
            and places.period_kind = stock.period_kind
            and places.period_start = stock.period_start
    left join first_days on places.location_id = first_days.location_id
),

cumulated as (
    select
        *,
        sum(wip_change_quantity) over to_date as wip_quantity,
        sum(wip_change_count) over to_date as wip_order_count,
        sum(unknown_wip_change_count) over to_date as unknown_wip_quantity_count,
        sum(change_quantity) over to_date as closing_quantity,
        sum(change_value) over to_date as closing_value,
        bool_or(has_unknown_value) over to_date as has_unknown_stock_value
    from completed
    window to_date as (
        partition by product_id, location_id, period_kind
        order by period_index asc
        rows between unbounded preceding and current row
    )
),

-- What lay there when the period began lay there on all of its days.
averaged as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        period_end,
        wip_quantity,
        wip_order_count,
        unknown_wip_quantity_count,
        nullif(stock_day_count, 0) as stock_day_count,
        case when stock_day_count > 0 then closing_quantity end as closing_quantity,
        case when stock_day_count > 0 and not has_unknown_stock_value then closing_value end as closing_value,
        ((closing_quantity - change_quantity) * stock_day_count + quantity_days) as stock_quantity_days,
        case
            when not has_unknown_stock_value
                then (closing_value - change_value) * stock_day_count + value_days
        end as stock_value_days,
        has_unknown_stock_value
    from cumulated
)

select * from averaged
