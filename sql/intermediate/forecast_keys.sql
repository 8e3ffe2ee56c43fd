-- One row per what approved forecasts are of, all of their key but time and version: what it is in the dimensions.
with

forecasts as (
    select * from staging.forecasts
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

customer_groups as (
    select * from marts.dim_customer_group
),

calendars as (
    select distinct calendar_id from staging.calendars
),

-- A product is in one family, that of its dimension: what a forecast says beside the product is no part of its key.
named as (
    select distinct
        forecast_type,
        product_id,
        case when product_id = '(all)' then product_family else '(all)' end as product_family,
        location_id,
        customer_group,
        salesperson_id
    from forecasts
    where
        status = 'approved'
        and quantity is not null
),

numbered as (
    select
        *,
        row_number() over (
            order by
                forecast_type asc, product_id asc, product_family asc, location_id asc, customer_group asc,
                salesperson_id asc
        ) as key_id,
        concat(
            case when product_id <> '(all)' then 'product' when product_family <> '(all)' then 'family' else 'total' end,
            case when location_id <> '(all)' then ' x location' else '' end,
            case when customer_group <> '(all)' then ' x customer_group' else '' end
        ) as grain
    from named
),

completed as (
    select
        numbered.key_id,
        numbered.forecast_type,
        numbered.product_id as named_product_id,
        numbered.product_family as named_family,
        numbered.location_id as named_location_id,
        numbered.customer_group as named_customer_group,
        numbered.salesperson_id,
        numbered.grain,
        coalesce(products.product_id, '(unknown)') as product_id,
        case
            when numbered.product_id = '(all)' then coalesce(product_families.product_family, '(unknown)')
            else coalesce(products.family, '(unknown)')
        end as product_family,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customer_groups.customer_group, '(unknown)') as customer_group,
        coalesce(calendars.calendar_id, '(none)') as calendar_id
    from numbered
    left join products on numbered.product_id = products.product_id
    left join product_families on numbered.product_family = product_families.product_family
    left join locations on numbered.location_id = locations.location_id
    left join customer_groups on numbered.customer_group = customer_groups.customer_group
    left join calendars on locations.calendar_id = calendars.calendar_id
)

select * from completed
