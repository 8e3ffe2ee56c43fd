-- One row per load basis, product, plant and period: what money that is to be sold means in products, by the consensus mix.
with

targets as (
    select * from intermediate.capacity_targets
),

pipeline as (
    select * from intermediate.capacity_pipeline_amounts
),

mix as (
    select * from intermediate.capacity_consensus_mix
),

-- Without any consensus there is no mix at all, and money says nothing of products.
known_mix as (
    select count(*) as row_count from mix
),

wanted as (
    select
        'sales_target' as load_basis,
        product_group,
        period_start,
        period_end,
        target_amount as amount,
        cast(null as decimal(18, 4)) as planning_quantity
    from targets
    where target_amount > 0
    union all
    select
        'sales_target' as load_basis,
        product_group,
        period_start,
        period_end,
        cast(null as decimal(18, 4)) as amount,
        target_quantity as planning_quantity
    from targets
    where target_quantity > 0
    union all
    select
        'pipeline' as load_basis,
        '(all)' as product_group,
        period_start,
        period_end,
        amount,
        cast(null as decimal(18, 4)) as planning_quantity
    from pipeline
),

-- Money is rounded to cents and quantities to four places as running totals, so that their parts add up to them.
parts as (
    select
        wanted.load_basis,
        coalesce(mix.product_id, '(unknown)') as product_id,
        coalesce(mix.location_id, '(unknown)') as location_id,
        wanted.period_start,
        wanted.period_end,
        case
            when wanted.planning_quantity is not null
                then
                    cast(
                        (
                            round(
                                cast(wanted.planning_quantity * mix.quantity_through as decimal(38, 8))
                                / mix.quantity_of_all,
                                4
                            )
                            - round(
                                cast(wanted.planning_quantity * mix.quantity_before as decimal(38, 8))
                                / mix.quantity_of_all,
                                4
                            )
                        )
                        / nullif(mix.planning_factor, 0)
                        as decimal(18, 4)
                    )
            else
                cast(
                    (
                        round(cast(wanted.amount * mix.amount_through as decimal(38, 8)) / mix.amount_of_all, 2)
                        - round(cast(wanted.amount * mix.amount_before as decimal(38, 8)) / mix.amount_of_all, 2)
                    )
                    / nullif(mix.price_amount, 0)
                    as decimal(18, 4)
                )
        end as quantity
    from wanted
    cross join known_mix
    left join mix
        on
            wanted.product_group = mix.product_group
            and case when wanted.planning_quantity is null then mix.amount_of_all else mix.quantity_of_all end > 0
    where known_mix.row_count > 0
),

-- What has no mix, or one without a price, is asked of nobody who is known, in a quantity that nobody knows.
summed as (
    select
        load_basis,
        product_id,
        location_id,
        period_start,
        period_end,
        cast(sum(coalesce(quantity, 0)) as decimal(18, 4)) as quantity
    from parts
    where
        quantity > 0
        or product_id = '(unknown)'
    group by load_basis, product_id, location_id, period_start, period_end
)

select * from summed
