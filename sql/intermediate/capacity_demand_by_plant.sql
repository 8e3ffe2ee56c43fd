-- One row per load basis, product, plant, order line and day or bucket of time: what the plant is asked for.
with

demand as (
    select
        *,
        coalesce(due_date, greatest(period_start, $as_of + interval '1 day')) as sourcing_date
    from intermediate.capacity_demand_by_location
),

sources as (
    select * from intermediate.capacity_sources
),

-- Shares of several plants are taken in the order of their names until nothing is left.
shared as (
    select
        demand.load_basis,
        demand.plan_version,
        demand.order_id,
        demand.line_id,
        demand.product_id,
        demand.location_id,
        demand.period_start,
        demand.period_end,
        demand.due_date,
        demand.quantity,
        sources.plant_id,
        least(1, coalesce(sum(sources.share) over to_plant, 0)) as share_through,
        least(1, coalesce(sum(sources.share) over to_plant - sources.share, 0)) as share_before,
        row_number() over to_plant = 1 as is_first
    from demand
    left join sources
        on
            demand.product_id = sources.product_id
            and demand.location_id = sources.location_id
            and demand.sourcing_date >= sources.valid_from
            and demand.sourcing_date < sources.valid_to
    window to_plant as (
        partition by
            demand.load_basis, demand.order_id, demand.line_id, demand.product_id, demand.location_id,
            demand.period_start, demand.period_end, demand.due_date
        order by sources.plant_id asc
        rows between unbounded preceding and current row
    )
),

parts as (
    select
        load_basis,
        plan_version,
        order_id,
        line_id,
        product_id,
        coalesce(plant_id, '(unknown)') as plant_id,
        period_start,
        period_end,
        due_date,
        round(quantity * share_through, 4) - round(quantity * share_before, 4) as quantity
    from shared
    union all
    select
        load_basis,
        plan_version,
        order_id,
        line_id,
        product_id,
        '(unknown)' as plant_id,
        period_start,
        period_end,
        due_date,
        quantity
    from shared
    where is_first
    union all
    select
        load_basis,
        plan_version,
        order_id,
        line_id,
        product_id,
        '(unknown)' as plant_id,
        period_start,
        period_end,
        due_date,
        round(quantity * share_before, 4) - round(quantity * share_through, 4) as quantity
    from shared
),

-- What no plant is said to make is asked of none that is known.
summed as (
    select
        load_basis,
        plan_version,
        order_id,
        line_id,
        product_id,
        plant_id as location_id,
        period_start,
        period_end,
        due_date,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from parts
    group by load_basis, plan_version, order_id, line_id, product_id, plant_id, period_start, period_end, due_date
    having sum(quantity) <> 0
)

select * from summed
