-- One row per product, location, span of days without a change in its routings, and step of the routing that holds then.
-- Steps count from the last operation back to the first, as they are placed.
with

routings as (
    select * from staging.routings
),

plan_products as (
    select * from intermediate.plan_products
),

-- A routing of the location itself goes before one for all.
candidates as (
    select
        plan_products.product_id,
        plan_products.location_id,
        routings.location_id as routing_location_id,
        routings.routing_version,
        routings.operation,
        routings.work_center_id,
        routings.run_hours_per_unit,
        routings.setup_hours,
        routings.lot_size,
        routings.setback_days,
        routings.setback_unit,
        routings.yield_rate,
        coalesce(routings.is_default, false) as is_default,
        coalesce(routings.valid_from, $calendar_first_date) as valid_from,
        coalesce(routings.valid_to, $calendar_last_date + interval '1 day') as valid_to
    from plan_products
    inner join routings
        on
            plan_products.product_id = routings.product_id
            and (plan_products.location_id = routings.location_id or routings.location_id = '(all)')
),

changes as (
    select product_id, location_id, $calendar_first_date as date from plan_products
    union
    select product_id, location_id, valid_from as date from candidates
    union
    select product_id, location_id, valid_to as date from candidates
),

spans as (
    select
        product_id,
        location_id,
        date as span_start,
        lead(date, 1, $calendar_last_date + interval '1 day') over (
            partition by product_id, location_id
            order by date asc
        ) as span_end
    from changes
),

holding as (
    select
        candidates.*,
        spans.span_start,
        spans.span_end,
        dense_rank() over (
            partition by candidates.product_id, candidates.location_id, spans.span_start
            order by
                candidates.routing_location_id = '(all)' asc,
                candidates.is_default desc,
                candidates.routing_version desc,
                candidates.routing_location_id asc
        ) as place
    from spans
    inner join candidates
        on
            spans.product_id = candidates.product_id
            and spans.location_id = candidates.location_id
            and spans.span_start >= candidates.valid_from
            and spans.span_start < candidates.valid_to
),

-- What has no routing passes through in one step without an operation.
numbered as (
    select
        spans.product_id,
        spans.location_id,
        spans.span_start,
        spans.span_end,
        holding.operation,
        holding.work_center_id,
        holding.run_hours_per_unit,
        holding.setup_hours,
        holding.lot_size,
        coalesce(holding.setback_days, 0) as setback_days,
        coalesce(holding.setback_unit = 'calendar', false) as is_calendar_setback,
        coalesce(holding.yield_rate, 1) as yield_rate,
        row_number() over step_by_step as step,
        count(*) over (partition by spans.product_id, spans.location_id, spans.span_start) as step_count
    from spans
    left join holding
        on
            spans.product_id = holding.product_id
            and spans.location_id = holding.location_id
            and spans.span_start = holding.span_start
            and holding.place = 1
    window step_by_step as (
        partition by spans.product_id, spans.location_id, spans.span_start
        order by holding.operation desc
    )
)

select * from numbered
