-- One row per product, raw parts included.
with

landed as (
    select * from landing.products
),

subcategories as (
    select * from landing.product_subcategories
),

categories as (
    select * from landing.product_categories
),

-- Raw parts have no subcategory, hence neither family nor category. No column names a stock unit.
renamed as (
    select
        cast(landed."ProductID" as varchar) as product_id,
        landed."Name" as name,
        subcategories."Name" as family,
        categories."Name" as category,
        nullif(trim(landed."ProductLine"), '') as product_group,
        nullif(trim(landed."Class"), '') as product_class,
        cast(null as varchar) as stock_unit,
        cast(null as varchar) as planning_unit,
        cast(landed."SellStartDate" as date) as launch_date,
        cast(coalesce(landed."DiscontinuedDate", landed."SellEndDate") as date) as end_of_life_date,
        cast(null as integer) as shelf_life_days,
        landed."DaysToManufacture" as lead_time_days,
        cast(landed."SafetyStockLevel" as decimal(18, 4)) as safety_stock
    from landed
    left join subcategories on landed."ProductSubcategoryID" = subcategories."ProductSubcategoryID"
    left join categories on subcategories."ProductCategoryID" = categories."ProductCategoryID"
)

select * from renamed
