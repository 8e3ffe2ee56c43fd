-- One row per row of capacity_gap and product, for booked orders also order line, that loads the work center or one below
-- it: its hours and its part of what is too much.
with

product_load as (
    select * from intermediate.capacity_gap_product_load
),

capacity_gap as (
    select * from marts.capacity_gap
),

-- One number is compared faster than the five columns of the key that it stands for.
numbered as (
    select
        work_center_id,
        period_kind,
        period_start,
        load_basis,
        plan_version,
        period_end,
        is_group,
        group_load_hours as total_load_hours,
        overload_hours,
        row_number() over (
            order by work_center_id asc, period_kind asc, period_start asc, load_basis asc, plan_version asc
        ) as gap_number
    from capacity_gap
),

compared as (
    select
        numbered.*,
        product_load.product_id,
        product_load.order_id,
        product_load.line_id,
        product_load.own_load_hours,
        product_load.group_load_hours,
        product_load.missing_hours_count
    from product_load
    inner join numbered
        on
            product_load.work_center_id = numbered.work_center_id
            and product_load.period_kind = numbered.period_kind
            and product_load.period_start = numbered.period_start
            and product_load.load_basis = numbered.load_basis
            and product_load.plan_version = numbered.plan_version
),

-- The overload is shared out in the order of products and order lines, so that the rounded parts add up to it.
accumulated as (
    select
        *,
        sum(group_load_hours) over to_product as running_load_hours,
        row_number() over (
            partition by gap_number
            order by group_load_hours desc, product_id asc, order_id asc, line_id asc
        ) as driver_rank
    from compared
    window to_product as (
        partition by gap_number
        order by product_id asc, order_id asc, line_id asc
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
        driver_rank,
        missing_hours_count
    from accumulated
)

select * from parts
