-- One row per layer or deficit that the ledger of a product leaves, computed or replayed.
with

computed as (
    select * from intermediate.stock_layers_computed
),

replayed as (
    select * from intermediate.stock_layers_replayed
),

layers as (
    select * from computed
    union all
    select * from replayed
)

select * from layers
