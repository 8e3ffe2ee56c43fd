-- One row per product and location that a plan or demand may ask for: in a row of its own, or as a component.
with

plan_rows as (
    select * from intermediate.capacity_plan_rows
),

bills as (
    select * from staging.bills_of_material
),

routings as (
    select * from staging.routings
),

planned as (
    select
        product_id,
        location_id,
        bool_or(is_demand = false) as is_planned
    from plan_rows
    group by product_id, location_id
),

plan_locations as (
    select distinct location_id from planned
),

components as (
    select distinct component_id as product_id from bills
),

-- A component is made in the location of its parent.
asked_for as (
    select
        product_id,
        location_id,
        is_planned,
        true as is_asked_for
    from planned
    union all
    select
        components.product_id,
        plan_locations.location_id,
        false as is_planned,
        false as is_asked_for
    from components
    cross join plan_locations
),

pairs as (
    select
        product_id,
        location_id,
        bool_or(is_planned) as is_planned,
        bool_or(is_asked_for) as is_asked_for
    from asked_for
    group by product_id, location_id
),

made as (
    select product_id from routings
    union
    select product_id from bills
),

-- What no routing and no bill of any location makes is bought, and needs no operation.
told_apart as (
    select
        pairs.product_id,
        pairs.location_id,
        pairs.is_planned,
        made.product_id is null and not pairs.is_asked_for as is_bought
    from pairs
    left join made on pairs.product_id = made.product_id
)

select * from told_apart
