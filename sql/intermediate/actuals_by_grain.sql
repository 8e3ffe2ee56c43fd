-- One row per grain that forecasts have, what it is broken down by, and period with demand: the demand.
with

demand as (
    select * from intermediate.demand_to_compare
),

-- Units have numbers here, since the least of texts is slow to find in many groups.
products as (
    select
        product_id,
        family,
        planning_unit,
        dense_rank() over (order by planning_unit asc) as unit_number
    from marts.dim_product
),

units as (
    select distinct
        unit_number,
        planning_unit
    from products
),

grains as (
    select distinct grain, is_by_product, is_by_family, is_by_location, is_by_customer_group, is_by_salesperson
    from intermediate.forecast_grains
),

-- What was only shipped, invoiced or returned is no demand.
wanted as (
    select
        demand.*,
        demand.salesperson_id <> '(all)' as has_salesperson,
        products.family,
        products.unit_number
    from demand
    inner join products on demand.product_id = products.product_id
    where
        demand.demand_quantity <> 0
        or demand.demand_amount <> 0
),

-- Products can be added up in their planning unit only. The few grains come first, for the sake of speed.
placed as (
    select
        grains.grain,
        grains.is_by_product,
        case when grains.is_by_product then wanted.product_id else '(all)' end as product_id,
        case when grains.is_by_product or grains.is_by_family then wanted.family else '(all)' end as product_family,
        case when grains.is_by_location then wanted.location_id else '(all)' end as location_id,
        case when grains.is_by_customer_group then wanted.customer_group else '(all)' end as customer_group,
        wanted.salesperson_id,
        wanted.period_kind,
        wanted.period_index,
        case when grains.is_by_product then wanted.demand_quantity else wanted.planning_demand_quantity end as quantity,
        wanted.unit_number,
        wanted.demand_amount
    from grains
    inner join wanted on grains.is_by_salesperson = wanted.has_salesperson
),

summed as (
    select
        grain,
        is_by_product,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_kind,
        period_index,
        count(*) as row_count,
        count(quantity) as quantity_count,
        count(demand_amount) as amount_count,
        min(unit_number) as first_unit,
        max(unit_number) as last_unit,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        cast(sum(demand_amount) as decimal(18, 4)) as amount
    from placed
    group by
        grain, is_by_product, product_id, product_family, location_id, customer_group, salesperson_id, period_kind,
        period_index
),

-- A sum of which a part is not known is not known; nor is one of pieces and tons.
known as (
    select
        summed.grain,
        summed.product_id,
        summed.product_family,
        summed.location_id,
        summed.customer_group,
        summed.salesperson_id,
        summed.period_kind,
        summed.period_index,
        case
            when summed.is_by_product then summed.quantity
            when summed.quantity_count = summed.row_count and summed.first_unit = summed.last_unit then summed.quantity
        end as actual_quantity,
        case when summed.amount_count = summed.row_count then summed.amount end as actual_amount,
        units.planning_unit
    from summed
    left join units
        on
            summed.first_unit = units.unit_number
            and summed.last_unit = units.unit_number
)

select * from known
