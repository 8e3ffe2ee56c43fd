-- One row per line of order_service_lines, with its quantities and what one unit costs in the reporting currency.
with

quantities as (
    select * from intermediate.order_service_quantities
),

spot_rates as (
    select * from intermediate.spot_rate_days
),

-- What counts in rates is what was wanted of lines that are due.
split as (
    select
        *,
        coalesce(order_date, due_date, promised_date) as price_date,
        service_status in ('in_full', 'short', 'late', 'missed') as is_counted,
        case when is_closed_short then backlog_quantity else 0 end as closed_short_quantity,
        case when is_closed_short = false and latest_date <= $as_of then backlog_quantity else 0 end
            as past_due_quantity,
        case when service_status in ('in_full', 'short', 'late', 'missed') then wanted_quantity else 0 end
            as due_quantity,
        case
            when service_status in ('in_full', 'short', 'late', 'missed') then least(in_time_quantity, wanted_quantity)
            else 0
        end as filled_quantity
    from quantities
),

priced as (
    select
        split.*,
        case
            when split.price_currency = $reporting_currency then split.unit_price
            else cast(round(split.unit_price * spot_rates.rate, 4) as decimal(18, 4))
        end as unit_price_amount
    from split
    left join spot_rates
        on
            split.price_currency = spot_rates.from_currency
            and split.price_date = spot_rates.date
),

-- Nothing is worth nothing at any price.
valued as (
    select
        *,
        case
            when ordered_quantity = 0 then 0
            else cast(round(ordered_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as ordered_amount,
        case
            when cancelled_quantity = 0 then 0
            else cast(round(cancelled_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as cancelled_amount,
        case
            when shipped_quantity = 0 then 0
            else cast(round(shipped_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as shipped_amount,
        case
            when past_due_quantity = 0 then 0
            else cast(round(past_due_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as past_due_amount,
        case
            when closed_short_quantity = 0 then 0
            else cast(round(closed_short_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as closed_short_amount,
        case
            when due_quantity = 0 then 0
            else cast(round(due_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as due_amount,
        case
            when filled_quantity = 0 then 0
            else cast(round(filled_quantity * unit_price_amount, 4) as decimal(18, 4))
        end as filled_amount,
        case
            when unit_price is null then 'no_price'
            when unit_price_amount is null then 'no_rate'
            else 'known'
        end as price_status
    from priced
),

-- Amounts of what is still to come and of what is too much are what the other amounts leave, so that they add up.
balanced as (
    select
        *,
        case
            when unit_price_amount is not null then greatest(0, ordered_amount - shipped_amount - cancelled_amount)
            when backlog_quantity = 0 then 0
        end as backlog_amount,
        case
            when unit_price_amount is not null then greatest(0, shipped_amount + cancelled_amount - ordered_amount)
            when over_shipped_quantity = 0 then 0
        end as over_shipped_amount
    from valued
)

select * from balanced
