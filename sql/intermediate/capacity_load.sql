-- One row per load basis, plan version, work center, day with load, product and order line, where the basis tells it.
with

all_bases as (
    select * from intermediate.capacity_load_actual
    union all
    select * from intermediate.capacity_load_production_orders
    union all
    select * from intermediate.capacity_load_plans
)

select * from all_bases
