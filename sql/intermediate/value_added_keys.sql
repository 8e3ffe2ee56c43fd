-- One row per comparison, what forecasts are of, lag and kind of period: the item of the comparison that it is a part of.
with

leaves as (
    select * from intermediate.forecast_accuracy_leaves where salesperson_id = '(all)'
),

comparisons as (
    select
        comparison_number,
        has_product,
        has_family,
        has_location,
        has_customer_group
    from intermediate.value_added_steps
    group by comparison_number, has_product, has_family, has_location, has_customer_group
),

forecast_of as (
    select
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        customer_group,
        lag,
        period_kind
    from leaves
    group by product_id, product_family, category, location_id, market_region, customer_group, lag, period_kind
),

placed as (
    select
        comparisons.comparison_number,
        forecast_of.product_id as part_product_id,
        forecast_of.product_family as part_family,
        forecast_of.location_id as part_location_id,
        forecast_of.customer_group as part_customer_group,
        forecast_of.lag,
        forecast_of.period_kind,
        case when comparisons.has_product then forecast_of.product_id else '(all)' end as product_id,
        case when comparisons.has_family then forecast_of.product_family else '(all)' end as product_family,
        case when comparisons.has_family then forecast_of.category else '(all)' end as category,
        case when comparisons.has_location then forecast_of.location_id else '(all)' end as location_id,
        case when comparisons.has_location then forecast_of.market_region else '(all)' end as market_region,
        case when comparisons.has_customer_group then forecast_of.customer_group else '(all)' end as customer_group
    from forecast_of
    cross join comparisons
),

-- Numbers stand for the keys, since they are compared in no time.
numbered as (
    select
        *,
        dense_rank() over (order by comparison_number asc, lag asc, period_kind asc) as chain_number,
        dense_rank() over (
            order by
                comparison_number asc, product_id asc, product_family asc, location_id asc, customer_group asc,
                lag asc, period_kind asc
        ) as item_number
    from placed
)

select * from numbered
