-- One row per approved forecast of a quantity, with the members of the dimensions that it refers to.
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
approved as (
    select
        *,
        case when product_id = '(all)' then product_family else '(all)' end as named_family,
        greatest(cast(known_at as date), cast(coalesce(approved_at, known_at) as date)) as approved_and_known_date,
        concat(
            case when product_id <> '(all)' then 'product' when product_family <> '(all)' then 'family' else 'total' end,
            case when location_id <> '(all)' then ' x location' else '' end,
            case when customer_group <> '(all)' then ' x customer_group' else '' end
        ) as grain
    from forecasts
    where
        status = 'approved'
        and quantity is not null
),

completed as (
    select
        approved.forecast_type,
        approved.product_id as named_product_id,
        approved.named_family,
        approved.location_id as named_location_id,
        approved.customer_group as named_customer_group,
        approved.salesperson_id,
        approved.period_start as bucket_start,
        approved.period_end as bucket_end,
        approved.snapshot_date,
        approved.version,
        approved.known_at,
        approved.approved_and_known_date,
        approved.grain,
        coalesce(products.product_id, '(unknown)') as product_id,
        case
            when approved.product_id = '(all)' then coalesce(product_families.product_family, '(unknown)')
            else coalesce(products.family, '(unknown)')
        end as product_family,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customer_groups.customer_group, '(unknown)') as customer_group,
        coalesce(calendars.calendar_id, '(none)') as calendar_id,
        approved.quantity
    from approved
    left join products on approved.product_id = products.product_id
    left join product_families on approved.named_family = product_families.product_family
    left join locations on approved.location_id = locations.location_id
    left join customer_groups on approved.customer_group = customer_groups.customer_group
    left join calendars on locations.calendar_id = calendars.calendar_id
)

select * from completed
