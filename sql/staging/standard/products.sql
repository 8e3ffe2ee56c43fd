-- One row per product of an extract that has the entity's own columns.
with

landed as (
    select * from landing.products
),

renamed as (
    select
        product_id,
        name,
        family,
        category,
        product_group,
        product_class,
        stock_unit,
        planning_unit,
        launch_date,
        end_of_life_date,
        shelf_life_days,
        lead_time_days,
        safety_stock
    from landed
)

select * from renamed
