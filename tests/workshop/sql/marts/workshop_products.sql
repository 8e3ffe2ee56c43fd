-- One row per product.
select
    product_id,
    name,
    family
from staging.products
