-- Products at a location, or on their way from one, whose layers together are not what the ledger says.
with

accounts as (
    select * from intermediate.stock_accounts
),

layers as (
    select * from intermediate.stock_layers
),

of_layers as (
    select
        product_id,
        location_id,
        coalesce(sender_location_id, '') as sender,
        sum(quantity) as quantity,
        sum(value) as value
    from layers
    where
        layer_type <> 'balance_difference'
        and layer_id not like 'balance/%'
    group by product_id, location_id, coalesce(sender_location_id, '')
),

compared as (
    select
        coalesce(accounts.product_id, of_layers.product_id) as product_id,
        coalesce(accounts.location_id, of_layers.location_id) as location_id,
        accounts.sender_location_id,
        coalesce(accounts.quantity, 0) as ledger_quantity,
        coalesce(of_layers.quantity, 0) as layer_quantity,
        coalesce(accounts.value, 0) as ledger_value,
        coalesce(of_layers.value, 0) as layer_value,
        coalesce(accounts.has_unknown_value, false) as has_unknown_value
    from accounts
    full outer join of_layers
        on
            accounts.product_id = of_layers.product_id
            and accounts.location_id = of_layers.location_id
            and coalesce(accounts.sender_location_id, '') = of_layers.sender
),

differing as (
    select * from compared
    where
        ledger_quantity <> layer_quantity
        or (has_unknown_value = false and ledger_value <> layer_value)
)

select * from differing
