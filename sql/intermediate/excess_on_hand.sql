-- One row per product and location in stock: what is there, without what the last list has beyond the movements.
with

layers as (
    select * from intermediate.aging_stock_layers
),

locations as (
    select
        location_id,
        type
    from marts.dim_location
),

summed as (
    select
        product_id,
        location_id,
        coalesce(sum(quantity) filter (where layer_type <> 'balance_difference'), 0) as on_hand_quantity,
        coalesce(sum(quantity) filter (where layer_type = 'balance_difference'), 0) as balance_difference_quantity,
        coalesce(sum(quantity) filter (where layer_type = 'deficit'), 0) as deficit_quantity,
        count(*) filter (where layer_type <> 'balance_difference') as layer_count,
        count(reporting_value) filter (where layer_type <> 'balance_difference') as valued_layer_count,
        sum(reporting_value) filter (where layer_type <> 'balance_difference') as reporting_value,
        min(original_receipt_date) filter (where quantity > 0) as oldest_receipt_date
    from layers
    group by product_id, location_id
),

typed as (
    select
        summed.product_id,
        summed.location_id,
        cast(summed.on_hand_quantity as decimal(18, 4)) as on_hand_quantity,
        cast(summed.balance_difference_quantity as decimal(18, 4)) as balance_difference_quantity,
        cast(summed.deficit_quantity as decimal(18, 4)) as deficit_quantity,
        case
            when summed.layer_count = summed.valued_layer_count then cast(summed.reporting_value as decimal(18, 4))
        end as stock_value,
        summed.oldest_receipt_date,
        coalesce(locations.type = 'scrap', false) as is_scrap
    from summed
    left join locations on summed.location_id = locations.location_id
)

select * from typed
