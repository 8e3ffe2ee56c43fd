-- One row per load basis, plan version, work center, day with load and product. A further basis is one more branch.
with

all_bases as (
    select * from intermediate.capacity_load_actual
    union all
    select * from intermediate.capacity_load_production_orders
    union all
    select * from intermediate.capacity_load_production_plan
)

select * from all_bases
