-- One row per product, location, customer group and period in which goods were wanted, shipped, invoiced or returned.
with

demand_by_period as (
    select * from intermediate.demand_by_period
)

select * from demand_by_period
