-- One row per row of forecast_accuracy, with what it is a part of, in the unit in which products are added up.
with

forecast_accuracy as (
    select * from intermediate.forecast_accuracy_rows
),

products as (
    select * from marts.dim_product
),

product_families as (
    select * from marts.dim_product_family
),

locations as (
    select * from marts.dim_location
),

planning_units as (
    select * from intermediate.planning_units
),

-- A product that has no path to its planning unit stays in its stock unit, and is added to no other product.
with_products as (
    select
        forecast_accuracy.*,
        case
            when forecast_accuracy.product_id = '(all)' then forecast_accuracy.product_family
            else coalesce(products.family, '(unknown)')
        end as family,
        case
            when planning_units.planning_factor is null then forecast_accuracy.quantity_unit
            else planning_units.planning_unit
        end as summed_unit,
        forecast_accuracy.has_mixed_units
        or (forecast_accuracy.product_id <> '(all)' and planning_units.planning_factor is null) as has_no_path,
        coalesce(planning_units.planning_factor, 1) as factor
    from forecast_accuracy
    left join products on forecast_accuracy.product_id = products.product_id
    left join planning_units on forecast_accuracy.product_id = planning_units.product_id
),

-- What is missing is a forecast of zero, in those rates that count it at all.
placed as (
    select
        with_products.*,
        case when with_products.family = '(all)' then '(all)' else coalesce(product_families.category, '(unknown)') end
            as category,
        case when with_products.location_id = '(all)' then '(all)' else coalesce(locations.market_region, '(unknown)') end
            as market_region,
        case when with_products.forecast_status = 'missing' then 0 else with_products.forecast_quantity end
            as counted_quantity,
        case when with_products.forecast_status = 'missing' then 0 else with_products.forecast_amount end
            as counted_amount
    from with_products
    left join product_families on with_products.family = product_families.product_family
    left join locations on with_products.location_id = locations.location_id
),

-- Rounded once, so that all levels add up to each other. A scale of zero scales nothing. A salesperson's is of them alone.
converted as (
    select
        case when salesperson_id is null then product_id else '(all)' end as product_id,
        case when salesperson_id is null then family else '(all)' end as product_family,
        case when salesperson_id is null then category else '(all)' end as category,
        case when salesperson_id is null then location_id else '(all)' end as location_id,
        case when salesperson_id is null then market_region else '(all)' end as market_region,
        customer_group,
        coalesce(salesperson_id, '(all)') as salesperson_id,
        forecast_type,
        lag,
        period_kind,
        period_start,
        forecast_status,
        actual_quantity = 0 as is_zero_actual,
        coalesce(summed_unit, '(unknown)') as quantity_unit,
        has_no_path,
        case when actual_quantity is not null then cast(round(counted_quantity * factor, 4) as decimal(18, 4)) end
            as forecast_quantity,
        case when counted_quantity is not null then cast(round(actual_quantity * factor, 4) as decimal(18, 4)) end
            as actual_quantity,
        case
            when counted_quantity is not null and actual_quantity is not null
                then cast(round(nullif(scale_mae, 0) * factor, 12) as decimal(28, 12))
        end as scale_quantity,
        cast(cast(nullif(scale_mse, 0) as double) * factor * factor as decimal(38, 12)) as squared_scale_quantity,
        abs(counted_quantity - actual_quantity) / sqrt(cast(nullif(scale_mse, 0) as double)) as scaled_error,
        case when past_year_amount > 0 then past_year_amount end as weight_amount,
        cast(round(p10_quantity * factor, 4) as decimal(18, 4)) as p10_quantity,
        cast(round(p50_quantity * factor, 4) as decimal(18, 4)) as p50_quantity,
        cast(round(p90_quantity * factor, 4) as decimal(18, 4)) as p90_quantity,
        case
            when forecast_status <> 'missing' then ape
            when actual_quantity <> 0 then 1
        end as ape,
        case
            when forecast_status <> 'missing' then smape_term
            when actual_quantity <> 0 then 1
            when actual_quantity = 0 then 0
        end as smape_term,
        case when actual_amount is not null then counted_amount end as forecast_amount,
        case when counted_amount is not null then actual_amount end as actual_amount,
        case when counted_amount is not null and actual_amount is not null then nullif(scale_mae_amount, 0) end
            as scale_amount,
        nullif(scale_mse_amount, 0) as squared_scale_amount
    from placed
),

with_errors as (
    select
        *,
        abs(forecast_quantity - actual_quantity) as abs_error_quantity,
        cast(scaled_error * cast(weight_amount as double) as decimal(38, 8)) as weighted_scaled_error,
        abs(forecast_amount - actual_amount) as abs_error_amount
    from converted
)

select * from with_errors
