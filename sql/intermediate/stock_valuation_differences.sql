-- One row per product, location and sender where the ledger has another value than the layers together.
with

accounts as (
    select * from intermediate.stock_accounts
),

layers as (
    select * from intermediate.stock_fifo_layers
),

layer_values as (
    select
        product_id,
        location_id,
        coalesce(sender_location_id, '') as sender,
        sum(value) as value
    from layers
    group by product_id, location_id, coalesce(sender_location_id, '')
),

compared as (
    select
        accounts.product_id,
        accounts.location_id,
        accounts.sender_location_id,
        accounts.value - coalesce(layer_values.value, 0) as difference_value
    from accounts
    left join layer_values
        on
            accounts.product_id = layer_values.product_id
            and accounts.location_id = layer_values.location_id
            and coalesce(accounts.sender_location_id, '') = layer_values.sender
    where accounts.has_unknown_value = false
),

differences as (
    select
        product_id,
        location_id,
        concat_ws('/', 'valuation_difference', product_id, location_id, sender_location_id) as layer_id,
        sender_location_id,
        cast(difference_value as decimal(18, 4)) as value
    from compared
    where difference_value <> 0
)

select * from differences
