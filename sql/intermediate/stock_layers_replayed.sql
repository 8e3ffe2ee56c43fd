-- One row per layer of products whose movements have to be replayed one by one.
with

ledger as (
    select * from intermediate.stock_ledger
),

products as (
    select * from intermediate.stock_products
),

movements as (
    select
        ledger.product_id,
        named_struct(
            'moved_at', ledger.moved_at,
            'created_at', ledger.created_at,
            'movement_id', ledger.movement_id,
            'line_id', ledger.line_id,
            'date', ledger.date,
            'location_id', ledger.location_id,
            'batch_id', ledger.batch_id,
            'quantity', ledger.quantity,
            'value', ledger.value,
            'type', ledger.type,
            'document_id', ledger.document_id,
            'linked_movement_id', ledger.linked_movement_id,
            'linked_line_id', ledger.linked_line_id,
            'is_age_minimum', ledger.is_age_minimum
        ) as movement
    from ledger
    inner join products on ledger.product_id = products.product_id
    where products.is_replayed
),

replayed as (
    select
        product_id,
        fifo_layers(movement, $return_age) as layers
    from movements
    group by product_id
),

unnested as (
    select
        product_id,
        unnest(layers) as layer
    from replayed
),

layers as (
    select
        product_id,
        layer['location_id'] as location_id,
        layer['batch_id'] as batch_id,
        layer['layer_id'] as layer_id,
        layer['layer_type'] as layer_type,
        layer['receipt_date'] as receipt_date,
        layer['original_receipt_date'] as original_receipt_date,
        layer['is_original_date_known'] as is_original_date_known,
        layer['is_age_minimum'] as is_age_minimum,
        layer['quantity'] as quantity,
        layer['value'] as value,
        layer['sender_location_id'] as sender_location_id
    from unnested
)

select * from layers
