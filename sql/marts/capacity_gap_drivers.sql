-- One row per row of capacity_gap and product that loads the work center or one below it: its hours and its part of what
-- is too much.
with

product_load as (
    select * from intermediate.capacity_gap_product_load
),

capacity_gap as (
    select * from marts.capacity_gap
),

compared as (
    select
        product_load.work_center_id,
        product_load.period_kind,
        product_load.period_start,
        product_load.load_basis,
        product_load.plan_version,
        product_load.product_id,
        -- Booked orders alone will tell their lines.
        '(all)' as order_id,
        '(all)' as line_id,
        capacity_gap.period_end,
        capacity_gap.is_group,
        product_load.own_load_hours,
        product_load.group_load_hours,
        capacity_gap.group_load_hours as total_load_hours,
        capacity_gap.overload_hours
    from product_load
    inner join capacity_gap
        on
            product_load.work_center_id = capacity_gap.work_center_id
            and product_load.period_kind = capacity_gap.period_kind
            and product_load.period_start = capacity_gap.period_start
            and product_load.load_basis = capacity_gap.load_basis
            and product_load.plan_version = capacity_gap.plan_version
),

-- The overload is shared out in the order of the products, so that the rounded parts add up to it.
accumulated as (
    select
        *,
        sum(group_load_hours) over to_product as running_load_hours,
        row_number() over (
            partition by work_center_id, period_kind, period_start, load_basis, plan_version
            order by group_load_hours desc, product_id asc
        ) as driver_rank
    from compared
    window to_product as (
        partition by work_center_id, period_kind, period_start, load_basis, plan_version
        order by product_id asc
        rows between unbounded preceding and current row
    )
),

parts as (
    select
        work_center_id,
        period_kind,
        period_start,
        load_basis,
        plan_version,
        product_id,
        order_id,
        line_id,
        period_end,
        is_group,
        own_load_hours,
        group_load_hours,
        cast(group_load_hours as double) / nullif(total_load_hours, 0) as load_share_rate,
        cast(
            round(
                cast(overload_hours as decimal(18, 4)) * cast(running_load_hours as decimal(18, 4))
                / nullif(cast(total_load_hours as decimal(18, 4)), 0),
                4
            )
            - round(
                cast(overload_hours as decimal(18, 4)) * cast(running_load_hours - group_load_hours as decimal(18, 4))
                / nullif(cast(total_load_hours as decimal(18, 4)), 0),
                4
            )
            as decimal(18, 4)
        ) as hours_to_move,
        driver_rank
    from accumulated
)

select * from parts
