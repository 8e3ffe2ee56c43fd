-- One row per product and location in stock: what it is worth, what of that is too much, and what is to be reserved.
with

judgements as (
    select * from intermediate.excess_judgements
),

unit_prices as (
    select * from intermediate.excess_unit_prices
),

reserves as (
    select * from intermediate.excess_layer_reserves
),

valued as (
    select
        judgements.*,
        unit_prices.unit_cost,
        unit_prices.cost_to_sell,
        unit_prices.is_cost_to_sell_assumed,
        unit_prices.list_price,
        unit_prices.clearance_price,
        unit_prices.plan_price,
        unit_prices.net_realizable_price,
        unit_prices.has_no_rate,
        case when reserves.product_id is null then 0 else reserves.goods_amount end as goods_amount,
        coalesce(reserves.has_goods_at_cost, false) as has_goods_at_cost,
        case when reserves.product_id is null then 0 else reserves.age_reserve_amount end as age_reserve_amount,
        coalesce(reserves.has_no_reserve_rate, false) as has_no_reserve_rate,
        cast(round(judgements.on_hand_quantity * unit_prices.plan_price, 4) as decimal(18, 4)) as on_hand_plan_amount,
        cast(round(judgements.demand_quantity * unit_prices.plan_price, 4) as decimal(18, 4)) as demand_plan_amount,
        cast(round(judgements.excess_quantity * unit_prices.plan_price, 4) as decimal(18, 4)) as excess_plan_amount,
        cast(round(judgements.excess_quantity * unit_prices.unit_cost, 4) as decimal(18, 4)) as excess_amount,
        cast(round(judgements.obsolete_quantity * unit_prices.unit_cost, 4) as decimal(18, 4)) as obsolete_amount,
        cast(
            round((judgements.on_hand_quantity - judgements.deficit_quantity) * unit_prices.net_realizable_price, 4)
            as decimal(18, 4)
        ) as net_realizable_amount,
        cast(
            round(judgements.excess_quantity * (unit_prices.list_price - unit_prices.clearance_price), 4)
            as decimal(18, 4)
        ) as markdown_exposure_amount
    from judgements
    left join unit_prices
        on
            judgements.product_id = unit_prices.product_id
            and judgements.location_id = unit_prices.location_id
    left join reserves
        on
            judgements.product_id = reserves.product_id
            and judgements.location_id = reserves.location_id
),

-- What is obsolete is excess, too, and is reserved once.
reserved as (
    select
        *,
        cast(
            round((excess_amount - obsolete_amount) * $excess_rate, 4) + obsolete_amount as decimal(18, 4)
        ) as demand_reserve_amount,
        case
            when goods_amount - net_realizable_amount is not null
                then greatest(goods_amount - net_realizable_amount, 0)
        end as write_down_amount
    from valued
),

-- One thing is reserved for two reasons: the larger of both counts, and where one is not known the other.
compared as (
    select
        *,
        greatest(
            coalesce(age_reserve_amount, demand_reserve_amount), coalesce(demand_reserve_amount, age_reserve_amount)
        ) as reserve_amount,
        case
            when coalesce(age_reserve_amount, demand_reserve_amount) is null then null
            when coalesce(age_reserve_amount, 0) = 0 and coalesce(demand_reserve_amount, 0) = 0 then 'none'
            when coalesce(age_reserve_amount, 0) > coalesce(demand_reserve_amount, 0) then 'age'
            else 'demand'
        end as reserve_basis
    from reserved
)

select * from compared
