-- One row per layer of stock on `$as_of`, and per deficit or difference: how much, what it is worth, and since when.
with

layers as (
    select * from intermediate.aging_stock_layers
)

select * from layers
