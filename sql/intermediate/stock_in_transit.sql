-- One row per product and location from which something was sent that has not arrived: how much, and at what ledger value.
with

ledger as (
    select * from intermediate.stock_ledger
),

sent as (
    select
        product_id,
        location_id,
        movement_id,
        line_id,
        -quantity as sent_quantity,
        -value as sent_value
    from ledger
    where
        type = 'transfer_out'
        and quantity < 0
),

arrived as (
    select
        product_id,
        linked_movement_id,
        linked_line_id,
        sum(quantity) as arrived_quantity
    from ledger
    where
        type = 'transfer_in'
        and quantity > 0
        and linked_movement_id is not null
        and linked_line_id is not null
    group by product_id, linked_movement_id, linked_line_id
),

compared as (
    select
        sent.product_id,
        sent.location_id,
        sent.sent_quantity,
        sent.sent_value,
        cast(sent.sent_quantity - coalesce(arrived.arrived_quantity, 0) as decimal(18, 4)) as rest_quantity
    from sent
    left join arrived
        on
            sent.product_id = arrived.product_id
            and sent.movement_id = arrived.linked_movement_id
            and sent.line_id = arrived.linked_line_id
),

-- Of what was sent at once, the part that is still on its way has its share of the value.
valued as (
    select
        product_id,
        location_id,
        rest_quantity,
        case
            when rest_quantity = sent_quantity then sent_value
            else cast(
                round(cast(sent_value * rest_quantity as decimal(38, 8)) / sent_quantity, 4) as decimal(18, 4)
            )
        end as rest_value
    from compared
    where rest_quantity > 0
),

summed as (
    select
        product_id,
        location_id as sender_location_id,
        sum(rest_quantity) as quantity,
        sum(rest_value) as value,
        count(*) > count(rest_value) as has_unknown_value
    from valued
    group by product_id, location_id
)

select * from summed
