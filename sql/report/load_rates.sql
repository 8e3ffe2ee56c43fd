-- One row per work center, period and basis of load.
-- The last 3 complete periods and the open ones; work centers beyond the 40 fullest together, by plant.
with

gaps as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind, is_period_complete order by period_start desc) as age
    from marts.capacity_gap
    where not is_group
),

shown as (
    select
        gaps.*,
        work_centers.name,
        work_centers.location_id,
        locations.market_region
    from gaps
    left join marts.dim_work_center as work_centers on gaps.work_center_id = work_centers.work_center_id
    left join marts.dim_location as locations on work_centers.location_id = locations.location_id
    where gaps.kind_place = 1 and (gaps.age <= 3 or not gaps.is_period_complete)
),

fullest as (
    select
        work_center_id,
        row_number() over (
            order by sum(overload_hours) desc, max(load_rate) desc nulls last, work_center_id asc
        ) as place
    from shown
    group by work_center_id
),

named as (
    select
        shown.*,
        fullest.place > 40 as is_other
    from shown
    inner join fullest on shown.work_center_id = fullest.work_center_id
),

summed as (
    select
        case when is_other then '(others)' else work_center_id end as work_center_id,
        case when is_other then null else name end as name,
        location_id,
        market_region,
        load_basis,
        period_kind,
        period_start,
        is_period_complete,
        count(*) as work_center_count,
        sum(group_load_hours) as group_load_hours,
        sum(group_available_hours) as group_available_hours,
        sum(overload_hours) as overload_hours,
        sum(overload_cost_amount) as overload_cost_amount,
        min(currency) as currency,
        min(producible_rate) as producible_rate,
        bool_and(is_feasible_in_period) as is_feasible_in_period,
        bool_and(is_feasible_with_pull_ahead) as is_feasible_with_pull_ahead
    from named
    group by
        case when is_other then '(others)' else work_center_id end,
        case when is_other then null else name end,
        location_id, market_region, load_basis, period_kind, period_start, is_period_complete
)

select * from summed
order by location_id asc, work_center_id asc, load_basis asc, period_start asc
limit 8000
