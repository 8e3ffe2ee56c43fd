-- One row per product and location in stock: what of it is too much, slow-moving and obsolete, and why.
with

quantities as (
    select * from intermediate.excess_quantities
),

expiries as (
    select * from intermediate.excess_expiries
),

issues as (
    select * from intermediate.excess_issues
),

products as (
    select * from marts.dim_product
),

-- What was issued nobody knows where counts for places of which no issue is known. What never left waits since it came.
dated as (
    select
        quantities.*,
        products.stock_unit,
        products.planning_unit,
        products.planning_factor,
        products.end_of_life_date,
        coalesce(expiries.unsaleable_quantity, 0) as unsaleable_quantity,
        coalesce(expiries.expired_quantity, 0) as expired_quantity,
        coalesce(own_issues.last_issue_date, unplaced_issues.last_issue_date) as last_issue_date,
        coalesce(products.end_of_life_date <= $as_of, false) as is_past_end_of_life
    from quantities
    left join products on quantities.product_id = products.product_id
    left join expiries
        on
            quantities.product_id = expiries.product_id
            and quantities.location_id = expiries.location_id
    left join issues as own_issues
        on
            quantities.product_id = own_issues.product_id
            and quantities.location_id = own_issues.location_id
    left join issues as unplaced_issues
        on
            quantities.product_id = unplaced_issues.product_id
            and unplaced_issues.location_id = '(unknown)'
),

timed as (
    select
        *,
        $as_of - last_issue_date as days_since_last_issue,
        $as_of - coalesce(last_issue_date, oldest_receipt_date) as idle_days
    from dated
),

reasoned as (
    select
        *,
        case
            when excess_quantity = 0 then null
            when is_past_end_of_life then 'end_of_life'
            when demand_quantity = 0 and idle_days > $obsolete_days then 'no_demand_and_no_issue'
            when unsaleable_quantity > 0 then 'shelf_life'
        end as obsolete_reason
    from timed
),

judged as (
    select
        *,
        on_hand_quantity > 0 and coalesce(idle_days > $slow_moving_days, false) as is_slow_moving,
        case
            when obsolete_reason is null then 0
            when obsolete_reason = 'shelf_life' then least(excess_quantity, unsaleable_quantity)
            else excess_quantity
        end as obsolete_quantity
    from reasoned
)

select * from judged
