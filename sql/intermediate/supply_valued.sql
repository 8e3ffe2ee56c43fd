-- One row per product, location or `(all)` of them, kind of period and open period: its status, and the plan price there.
with

projected as (
    select * from intermediate.supply_projected
),

periods as (
    select * from intermediate.supply_periods
),

plan_prices as (
    select * from intermediate.plan_prices
),

components as (
    select distinct component_id as product_id from staging.bills_of_material
),

networks as (
    select
        product_id,
        period_kind,
        bool_or(has_demand) as has_product_demand
    from projected
    where location_id = '(all)'
    group by product_id, period_kind
),

-- Of what is missing at the end, the newest demand is missing: what was due before was served first.
completed as (
    select
        projected.*,
        periods.period_start,
        periods.period_end,
        periods.is_first_open_period,
        networks.has_product_demand,
        components.product_id is not null as has_dependent_demand,
        greatest(0, -projected.closing_quantity) as shortage_quantity,
        least(
            projected.demand_quantity + projected.past_due_order_quantity, greatest(0, -projected.closing_quantity)
        ) as unmet_demand_quantity
    from projected
    inner join periods
        on
            projected.period_kind = periods.period_kind
            and projected.period_index = periods.period_index
    inner join networks
        on
            projected.product_id = networks.product_id
            and projected.period_kind = networks.period_kind
    left join components on projected.product_id = components.product_id
),

-- Stock that nobody asks for is too much, but where others may ask for it: in transit, at a plant, for what is made of it.
judged as (
    select
        *,
        case
            when closing_quantity < 0 then 'shortage'
            when closing_quantity < safety_stock_quantity then 'below_safety_stock'
            when closing_quantity = 0 or has_dependent_demand or location_id = '(in transit)' then 'ok'
            when has_demand and cover_days > $supply_overstock_days then 'overstock'
            when has_product_demand = false then 'overstock'
            else 'ok'
        end as status
    from completed
),

-- The location's own price goes before the one for all locations.
priced as (
    select
        judged.*,
        coalesce(own_prices.price_amount, general_prices.price_amount) as plan_price
    from judged
    left join plan_prices as own_prices
        on
            judged.product_id = own_prices.product_id
            and judged.location_id = own_prices.location_id
            and judged.location_id <> '(all)'
            and judged.first_open_date >= own_prices.valid_from
            and (own_prices.valid_to is null or judged.first_open_date < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            judged.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and judged.first_open_date >= general_prices.valid_from
            and (general_prices.valid_to is null or judged.first_open_date < general_prices.valid_to)
)

select * from priced
