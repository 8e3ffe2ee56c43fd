-- One row per product, location, customer group, salesperson or `(all)` of them, and period with demand: the demand.
with

demand as (
    select * from intermediate.demand_by_period
),

salesperson_days as (
    select * from intermediate.salesperson_demand_days
),

days as (
    select * from intermediate.forecast_period_days
),

periods as (
    select distinct
        period_kind,
        period_start,
        period_index
    from days
),

products as (
    select * from marts.dim_product
),

-- A sum of which a part is not known is not known.
of_salespeople as (
    select
        salesperson_days.product_id,
        salesperson_days.location_id,
        salesperson_days.customer_group,
        salesperson_days.salesperson_id,
        days.period_kind,
        days.period_index,
        sum(salesperson_days.demand_quantity) as demand_quantity,
        case
            when count(*) = count(salesperson_days.demand_amount) then sum(salesperson_days.demand_amount)
        end as demand_amount
    from salesperson_days
    inner join days on salesperson_days.date = days.date
    group by
        salesperson_days.product_id,
        salesperson_days.location_id,
        salesperson_days.customer_group,
        salesperson_days.salesperson_id,
        days.period_kind,
        days.period_index
),

all_demand as (
    select
        demand.product_id,
        demand.location_id,
        demand.customer_group,
        '(all)' as salesperson_id,
        demand.period_kind,
        periods.period_index,
        demand.demand_quantity,
        demand.planning_demand_quantity,
        demand.demand_amount
    from demand
    inner join periods
        on
            demand.period_kind = periods.period_kind
            and demand.period_start = periods.period_start
    union all
    select
        of_salespeople.product_id,
        of_salespeople.location_id,
        of_salespeople.customer_group,
        of_salespeople.salesperson_id,
        of_salespeople.period_kind,
        of_salespeople.period_index,
        cast(of_salespeople.demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(of_salespeople.demand_quantity * products.planning_factor as decimal(18, 4)) as planning_demand_quantity,
        cast(of_salespeople.demand_amount as decimal(18, 4)) as demand_amount
    from of_salespeople
    left join products on of_salespeople.product_id = products.product_id
)

select * from all_demand
