-- One row per product and location to which demand belongs that names no location: with its running share of it.
with

usage as (
    select * from intermediate.excess_usage
),

on_hand as (
    select * from intermediate.excess_on_hand
),

-- Where customers order is where they will; else the stock itself tells, what is on its way or scrapped aside.
candidates as (
    select
        product_id,
        location_id,
        1 as choice,
        demand_quantity as weight
    from usage
    where location_id <> '(unknown)' and demand_quantity > 0
    union all
    select
        product_id,
        location_id,
        2 as choice,
        on_hand_quantity as weight
    from on_hand
    where location_id <> '(in transit)' and on_hand_quantity > 0 and not is_scrap
),

choices as (
    select
        product_id,
        min(choice) as choice
    from candidates
    group by product_id
),

weighted as (
    select
        candidates.product_id,
        candidates.location_id,
        cast(candidates.weight as decimal(18, 4)) as weight
    from candidates
    inner join choices
        on
            candidates.product_id = choices.product_id
            and candidates.choice = choices.choice
),

cumulated as (
    select
        product_id,
        location_id,
        cast(sum(weight) over to_location - weight as decimal(18, 4)) as weight_before,
        cast(sum(weight) over to_location as decimal(18, 4)) as weight_through,
        cast(sum(weight) over (partition by product_id) as decimal(18, 4)) as weight_of_all
    from weighted
    window to_location as (
        partition by product_id
        order by location_id asc
        rows between unbounded preceding and current row
    )
)

select * from cumulated
