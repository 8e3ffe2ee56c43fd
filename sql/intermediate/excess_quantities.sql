-- One row per product and location in stock: what is there, what is wanted of it within the horizon, and what is too much.
with

on_hand as (
    select * from intermediate.excess_on_hand
),

demand as (
    select * from intermediate.excess_demand
),

horizon as (
    select * from intermediate.excess_horizon
),

-- What a place wants and does not have comes from where the product lies and is wanted by nobody.
lacking as (
    select
        demand.product_id,
        sum(
            greatest(
                demand.independent_quantity + demand.dependent_quantity - coalesce(on_hand.on_hand_quantity, 0), 0
            )
        ) as quantity
    from demand
    left join on_hand
        on
            demand.product_id = on_hand.product_id
            and demand.location_id = on_hand.location_id
    where demand.independent_quantity + demand.dependent_quantity > 0
    group by demand.product_id
),

suppliers as (
    select
        on_hand.product_id,
        on_hand.location_id,
        sum(on_hand.on_hand_quantity) over to_location - on_hand.on_hand_quantity as weight_before,
        sum(on_hand.on_hand_quantity) over to_location as weight_through,
        sum(on_hand.on_hand_quantity) over (partition by on_hand.product_id) as weight_of_all
    from on_hand
    left join demand
        on
            on_hand.product_id = demand.product_id
            and on_hand.location_id = demand.location_id
    where
        on_hand.on_hand_quantity > 0
        and not on_hand.is_scrap
        and coalesce(demand.independent_quantity + demand.dependent_quantity, 0) <= 0
    window to_location as (
        partition by on_hand.product_id
        order by on_hand.location_id asc
        rows between unbounded preceding and current row
    )
),

supplied as (
    select
        suppliers.product_id,
        suppliers.location_id,
        round(lacking.quantity * cast(suppliers.weight_through / suppliers.weight_of_all as decimal(14, 12)), 4)
        - round(lacking.quantity * cast(suppliers.weight_before / suppliers.weight_of_all as decimal(14, 12)), 4)
            as quantity
    from suppliers
    inner join lacking on suppliers.product_id = lacking.product_id
),

wanted as (
    select
        on_hand.*,
        coalesce(demand.independent_quantity, 0) as independent_quantity,
        coalesce(demand.dependent_quantity, 0) as dependent_quantity,
        cast(coalesce(supplied.quantity, 0) as decimal(18, 4)) as other_locations_quantity,
        coalesce(demand.demand_basis, 'none') as demand_basis,
        coalesce(demand.dependent_demand_basis, 'none') as dependent_demand_basis,
        demand.demand_end,
        demand.forecast_snapshot_date,
        coalesce(demand.is_spread, false) as is_spread,
        horizon.horizon_end,
        horizon.horizon_days
    from on_hand
    cross join horizon
    left join demand
        on
            on_hand.product_id = demand.product_id
            and on_hand.location_id = demand.location_id
    left join supplied
        on
            on_hand.product_id = supplied.product_id
            and on_hand.location_id = supplied.location_id
),

judged as (
    select
        *,
        greatest(independent_quantity + dependent_quantity + other_locations_quantity, 0) as demand_quantity,
        greatest(
            on_hand_quantity - greatest(independent_quantity + dependent_quantity + other_locations_quantity, 0), 0
        ) as excess_quantity
    from wanted
)

select * from judged
