-- One row per load basis, product, plant, order line and period or day for which a quantity is asked of the plant.
with

plan_rows as (
    select * from intermediate.production_plan_rows
),

demand as (
    select * from intermediate.capacity_demand_by_plant
),

money_rows as (
    select * from intermediate.capacity_money_rows
),

routings as (
    select distinct product_id from staging.routings
),

bills as (
    select distinct product_id from staging.bills_of_material
),

sourcing as (
    select distinct product_id from intermediate.supply_sourcing
),

-- What nobody makes is bought, and needs no hours. What nobody knows may be made.
made as (
    select product_id from routings
    union
    select product_id from bills
    union
    select product_id from sourcing
    union
    select '(unknown)' as product_id
),

-- A production plan tells what components it needs beside their parents; what customers want of a component comes on top.
all_rows as (
    select
        'production_plan' as load_basis,
        plan_version,
        product_id,
        location_id,
        '(all)' as order_id,
        '(all)' as line_id,
        period_start,
        period_end,
        due_date,
        quantity,
        false as is_demand,
        false as is_spread_ahead
    from plan_rows
    union all
    select
        demand.load_basis,
        demand.plan_version,
        demand.product_id,
        demand.location_id,
        demand.order_id,
        demand.line_id,
        demand.period_start,
        demand.period_end,
        demand.due_date,
        demand.quantity,
        true as is_demand,
        demand.due_date is null as is_spread_ahead
    from demand
    inner join made on demand.product_id = made.product_id
    where demand.product_id <> '(unknown)'
    union all
    select
        money_rows.load_basis,
        '(all)' as plan_version,
        money_rows.product_id,
        money_rows.location_id,
        '(all)' as order_id,
        '(all)' as line_id,
        money_rows.period_start,
        money_rows.period_end,
        cast(null as date) as due_date,
        money_rows.quantity,
        true as is_demand,
        true as is_spread_ahead
    from money_rows
    inner join made on money_rows.product_id = made.product_id
)

select * from all_rows
