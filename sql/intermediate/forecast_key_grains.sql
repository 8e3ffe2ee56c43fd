-- One row per what approved forecasts are of and grain at which they are compared: as a whole, and by who made them.
with

forecast_keys as (
    select * from intermediate.forecast_keys
),

salespeople as (
    select salesperson_id from marts.dim_salesperson where salesperson_id not in ('(all)', '(unknown)')
),

sellers as (
    select distinct salesperson_id from staging.sales_orders
    union
    select distinct salesperson_id from staging.sales
),

-- Where nobody is known to have sold anything, nobody's forecast can be compared.
known_sellers as (
    select count(*) as known_seller_count
    from sellers
    inner join salespeople on sellers.salesperson_id = salespeople.salesperson_id
),

as_a_whole as (
    select
        key_id,
        forecast_type,
        product_id,
        product_family,
        location_id,
        customer_group,
        '(all)' as salesperson_id,
        grain
    from forecast_keys
),

by_salesperson as (
    select
        forecast_keys.key_id,
        forecast_keys.forecast_type,
        forecast_keys.product_id,
        forecast_keys.product_family,
        forecast_keys.location_id,
        forecast_keys.customer_group,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        concat(forecast_keys.grain, ' x salesperson') as grain
    from forecast_keys
    cross join known_sellers
    left join salespeople on forecast_keys.salesperson_id = salespeople.salesperson_id
    where
        forecast_keys.salesperson_id <> '(all)'
        and known_sellers.known_seller_count > 0
),

all_grains as (
    select * from as_a_whole
    union all
    select * from by_salesperson
)

select * from all_grains
