-- One row per product and location in stock: what a unit costs, what selling it costs, and the prices that are asked for it.
with

on_hand as (
    select
        product_id,
        location_id
    from intermediate.excess_on_hand
),

unit_prices as (
    select * from intermediate.stock_unit_prices
),

plan_prices as (
    select * from intermediate.plan_prices
    where
        valid_from <= $as_of
        and (valid_to is null or valid_to > $as_of)
),

-- The location's own row goes before the one for all locations, each kind for itself.
chosen as (
    select
        on_hand.product_id,
        on_hand.location_id,
        case when own.has_cost_row then own.unit_cost else general.unit_cost end as unit_cost,
        case when own.has_cost_row then own.cost_to_sell else general.cost_to_sell end as given_cost_to_sell,
        case when own.has_list_row then own.list_price else general.list_price end as list_price,
        case when own.has_clearance_row then own.clearance_price else general.clearance_price end as clearance_price,
        coalesce(own_plan.price_amount, general_plan.price_amount) as plan_price,
        coalesce(own.has_no_rate, false) or coalesce(general.has_no_rate, false) as has_no_rate
    from on_hand
    left join unit_prices as own
        on
            on_hand.product_id = own.product_id
            and on_hand.location_id = own.location_id
    left join unit_prices as general
        on
            on_hand.product_id = general.product_id
            and general.location_id = '(all)'
    left join plan_prices as own_plan
        on
            on_hand.product_id = own_plan.product_id
            and on_hand.location_id = own_plan.location_id
    left join plan_prices as general_plan
        on
            on_hand.product_id = general_plan.product_id
            and general_plan.location_id = '(all)'
),

-- Selling below its own costs brings nothing; a stock is worth no less than that.
completed as (
    select
        product_id,
        location_id,
        unit_cost,
        coalesce(
            given_cost_to_sell, cast(round(list_price * $default_cost_to_sell_rate, 4) as decimal(18, 4))
        ) as cost_to_sell,
        given_cost_to_sell is null and list_price is not null as is_cost_to_sell_assumed,
        list_price,
        clearance_price,
        plan_price,
        has_no_rate
    from chosen
),

realizable as (
    select
        *,
        case
            when list_price - cost_to_sell is not null then greatest(list_price - cost_to_sell, 0)
        end as net_realizable_price
    from completed
)

select * from realizable
