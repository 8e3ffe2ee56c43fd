-- One row per product, location and due day of a plan or of demand, way down the bills of material, and operation: its day.
with

steps as (
    select * from intermediate.plan_steps
),

operations as (
    select *
    from steps
    where
        is_step
        and not is_bought
)

select * from operations
