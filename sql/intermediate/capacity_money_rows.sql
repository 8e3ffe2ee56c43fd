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

-- Money is rounded to cents as running totals, so that its parts add up to it.
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
                        cast(
                            wanted.planning_quantity * (mix.quantity_through - mix.quantity_before) as decimal(38, 8)
                        )
                        / nullif(mix.quantity_of_all, 0) / mix.planning_factor
                        as decimal(18, 4)
                    )
            else
                cast(
                    (
                        round(cast(wanted.amount * mix.amount_through as decimal(38, 8)) / nullif(mix.amount_of_all, 0), 2)
                        - round(cast(wanted.amount * mix.amount_before as decimal(38, 8)) / nullif(mix.amount_of_all, 0), 2)
                    )
                    / nullif(mix.price_amount, 0)
                    as decimal(18, 4)
                )
        end as quantity
    from wanted
    left join mix on wanted.product_group = mix.product_group
),

-- What has no mix is asked of nobody who is known, in a quantity that nobody knows.
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
