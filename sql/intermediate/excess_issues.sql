-- One row per product and location whose stock moved or was shipped: when it last left, and what was issued in the periods
-- of usage.
with

ledger as (
    select * from intermediate.stock_ledger
),

demand_days as (
    select * from intermediate.demand_days
),

horizon as (
    select * from intermediate.excess_horizon
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select location_id from marts.dim_location
),

-- What goes to another location has not stopped moving; it is no usage.
moved as (
    select
        ledger.product_id,
        ledger.location_id,
        min(ledger.date) as first_date,
        max(ledger.date) filter (where ledger.type in ('issue', 'transfer_out') and ledger.quantity < 0) as last_issue_date,
        coalesce(
            sum(
                case
                    when ledger.date >= horizon.usage_start and ledger.date < horizon.usage_end then -ledger.quantity
                end
            ) filter (where ledger.type = 'issue'),
            0
        ) as issued_quantity
    from ledger
    cross join horizon
    group by ledger.product_id, ledger.location_id
),

resolved as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        moved.first_date,
        moved.last_issue_date,
        moved.issued_quantity,
        0 as delivered_quantity
    from moved
    left join products on moved.product_id = products.product_id
    left join locations on moved.location_id = locations.location_id
    union all
    select
        demand_days.product_id,
        demand_days.location_id,
        cast(null as date) as first_date,
        max(demand_days.date) filter (where demand_days.shipped_quantity > 0) as last_issue_date,
        0 as issued_quantity,
        greatest(
            coalesce(
                sum(demand_days.shipped_quantity) filter (
                    where demand_days.date >= horizon.usage_start and demand_days.date < horizon.usage_end
                ),
                0
            ),
            coalesce(
                sum(demand_days.invoiced_quantity) filter (
                    where demand_days.date >= horizon.usage_start and demand_days.date < horizon.usage_end
                ),
                0
            )
        ) as delivered_quantity
    from demand_days
    cross join horizon
    where demand_days.date <= $as_of
    group by demand_days.product_id, demand_days.location_id
),

-- What was issued and not delivered to customers went into other products.
summed as (
    select
        product_id,
        location_id,
        min(first_date) as first_movement_date,
        max(last_issue_date) as last_issue_date,
        greatest(sum(issued_quantity) - sum(delivered_quantity), 0) as consumed_quantity
    from resolved
    group by product_id, location_id
)

select * from summed
