-- One row per product and location with usage in the periods that count: what was wanted and what was consumed in a day.
with

demand_days as (
    select * from intermediate.demand_days
),

period_days as (
    select * from intermediate.period_days
    where period_kind = $excess_period_kind
),

issues as (
    select * from intermediate.excess_issues
    where consumed_quantity > 0
),

horizon as (
    select * from intermediate.excess_horizon
),

first_demands as (
    select
        product_id,
        location_id,
        min(date) as date
    from demand_days
    where demand_quantity > 0
    group by product_id, location_id
),

-- A product that is new has been used since the period of its first demand, and not for all of the periods that count.
demanded as (
    select
        demand_days.product_id,
        demand_days.location_id,
        greatest(max(period_days.period_start), max(horizon.usage_start)) as from_date,
        sum(demand_days.demand_quantity) as demand_quantity
    from demand_days
    inner join horizon
        on
            demand_days.date >= horizon.usage_start
            and demand_days.date < horizon.usage_end
    inner join first_demands
        on
            demand_days.product_id = first_demands.product_id
            and demand_days.location_id = first_demands.location_id
    inner join period_days on first_demands.date = period_days.date
    group by demand_days.product_id, demand_days.location_id
),

all_usage as (
    select
        demanded.product_id,
        demanded.location_id,
        demanded.demand_quantity,
        0 as consumed_quantity,
        demanded.demand_quantity / cast(horizon.usage_end - demanded.from_date as decimal(9, 0)) as demand_of_a_day,
        0 as consumed_of_a_day
    from demanded
    cross join horizon
    where demanded.demand_quantity > 0
    union all
    select
        issues.product_id,
        issues.location_id,
        0 as demand_quantity,
        issues.consumed_quantity,
        0 as demand_of_a_day,
        issues.consumed_quantity
        / cast(
            horizon.usage_end - greatest(coalesce(issues.first_movement_date, horizon.usage_start), horizon.usage_start)
            as decimal(9, 0)
        ) as consumed_of_a_day
    from issues
    cross join horizon
),

summed as (
    select
        product_id,
        location_id,
        sum(demand_quantity) as demand_quantity,
        sum(consumed_quantity) as consumed_quantity,
        cast(sum(demand_of_a_day) as decimal(24, 10)) as demand_of_a_day,
        cast(sum(consumed_of_a_day) as decimal(24, 10)) as consumed_of_a_day
    from all_usage
    group by product_id, location_id
)

select * from summed
