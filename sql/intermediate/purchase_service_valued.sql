-- One row per row of purchase_service_lines, with its quantities of every kind and the plan price of its day.
with

lines as (
    select * from intermediate.purchase_service_lines
),

plan_prices as (
    select * from intermediate.plan_prices
),

quantities as (
    select
        *,
        case when missing_kind = 'cancelled' then missing_quantity else 0 end as cancelled_quantity,
        case when missing_kind = 'closed_short' then missing_quantity else 0 end as closed_short_quantity,
        case when missing_kind in ('past_due', 'to_come') then missing_quantity else 0 end as open_quantity,
        case when missing_kind = 'past_due' then missing_quantity else 0 end as past_due_quantity,
        cast(greatest(0, received_quantity - ordered_quantity) as decimal(18, 4)) as over_received_quantity,
        case when is_counted then ordered_quantity else 0 end as due_quantity,
        case when is_counted then least(in_time_quantity, ordered_quantity) else 0 end as filled_quantity
    from lines
),

-- The location's own price goes before the one for all locations.
priced as (
    select
        quantities.*,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount
    from quantities
    left join plan_prices as own_prices
        on
            quantities.product_id = own_prices.product_id
            and quantities.location_id = own_prices.location_id
            and quantities.period_date >= own_prices.valid_from
            and (own_prices.valid_to is null or quantities.period_date < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            quantities.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and quantities.period_date >= general_prices.valid_from
            and (general_prices.valid_to is null or quantities.period_date < general_prices.valid_to)
),

-- Nothing is worth nothing at any price. What is missing is worth what the other amounts leave, so that they add up.
valued as (
    select
        *,
        case
            when ordered_quantity = 0 then 0
            else cast(round(ordered_quantity * price_amount, 4) as decimal(18, 4))
        end as ordered_amount,
        case
            when received_quantity = 0 then 0
            else cast(round(received_quantity * price_amount, 4) as decimal(18, 4))
        end as received_amount,
        case
            when known_rejected_quantity = 0 then 0
            else cast(round(known_rejected_quantity * price_amount, 4) as decimal(18, 4))
        end as rejected_amount,
        case
            when due_quantity = 0 then 0
            else cast(round(due_quantity * price_amount, 4) as decimal(18, 4))
        end as due_amount,
        case
            when filled_quantity = 0 then 0
            else cast(round(filled_quantity * price_amount, 4) as decimal(18, 4))
        end as filled_amount
    from priced
),

balanced as (
    select
        *,
        case
            when price_amount is not null then greatest(0, ordered_amount - received_amount)
            when missing_quantity = 0 then 0
        end as missing_amount,
        case
            when price_amount is not null then greatest(0, received_amount - ordered_amount)
            when over_received_quantity = 0 then 0
        end as over_received_amount
    from valued
)

select * from balanced
