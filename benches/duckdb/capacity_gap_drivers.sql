-- capacity_gap_drivers: which products load a work center in a period, and their part of what is too much.
create or replace temp view capacity_gap_drivers as
with own_load as (
    select
        load_basis,
        plan_version,
        work_center_id,
        period_kind,
        date_trunc(period_kind, load_date)::date as period_start,
        product_id,
        sum(placed_load_hours + past_due_load_hours + unplaced_load_hours) as hours,
        sum(missing_hours_count) as missing
    from capacity_load
    cross join (from (values ('month'), ('week')) as kinds (period_kind))
    group by all
),

product_load as (
    select
        load_basis,
        plan_version,
        group_id as work_center_id,
        period_kind,
        period_start,
        product_id,
        coalesce(sum(hours) filter (where distance = 0), 0) as own_load_hours,
        sum(hours) as group_load_hours,
        coalesce(sum(missing) filter (where distance = 0), 0) as missing_hours_count
    from own_load
    inner join groups using (work_center_id)
    group by all
),

-- The overload is shared out in the order of the products, in whole units of a ten-thousandth that add up to it.
shared as (
    select
        product_load.*,
        period_end,
        is_group,
        gap.group_load_hours as total_load_hours,
        (overload_hours * 10000)::hugeint as overload,
        (total_load_hours * 10000)::hugeint as total,
        (product_load.group_load_hours * 10000)::hugeint as part,
        sum(part) over (
            partition by product_load.work_center_id, period_kind, period_start, load_basis, plan_version
            order by product_id
            rows unbounded preceding
        )::hugeint as running,
        row_number() over (
            partition by product_load.work_center_id, period_kind, period_start, load_basis, plan_version
            order by product_load.group_load_hours desc, product_id
        ) as driver_rank
    from product_load
    inner join capacity_gap as gap using (work_center_id, period_kind, period_start, load_basis, plan_version)
)

select
    work_center_id,
    period_kind,
    period_start,
    load_basis,
    plan_version,
    product_id,
    '(all)' as order_id,
    '(all)' as line_id,
    period_end,
    is_group,
    own_load_hours::decimal(18, 4) as own_load_hours,
    group_load_hours::decimal(18, 4) as group_load_hours,
    group_load_hours::double / nullif(total_load_hours, 0)::double as load_share_rate,
    (
        (2 * overload * running + total) // nullif(2 * total, 0)
        - (2 * overload * (running - part) + total) // nullif(2 * total, 0)
    )::decimal(18, 0) * 0.0001 as hours_to_move,
    driver_rank,
    missing_hours_count::bigint as missing_hours_count
from shared;
