-- The hours that each load basis asks of a work center, by day and product, for capacity_gap and what drives it.

create or replace temp table work_centers as
from (
    select work_center_id, parent_id, machine_count, efficiency_rate, planned_utilization_rate, hour_cost, currency
    from landing.work_centers
    union all
    from (values ('(unknown)'), ('(all)')) as special (work_center_id)
    select work_center_id, null, null, null, null, null, null
);

-- Each work center with each of its group: itself and all below it.
create or replace temp table groups as
with recursive members as (
    select work_center_id as group_id, work_center_id, 0 as distance
    from work_centers
    union all
    select group_id, below.work_center_id, distance + 1
    from members
    inner join work_centers as below on below.parent_id = members.work_center_id
)

from members;

create or replace temp table available_hours as
with days as (
    select
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        date,
        sum(
            round(
                (shift_hours - coalesce(break_hours, 0))
                * coalesce(capacity.machine_count, work_centers.machine_count, 1)
                * coalesce(planned_utilization_rate, 1)
                * coalesce(efficiency_rate, 1),
                4
            )
        )::decimal(18, 4) as available_hours
    from landing.capacity
    left join work_centers using (work_center_id)
    group by all
)

-- Hours of a parent and of its children would be the same machines twice.
select
    days.*,
    work_center_id in (
        select group_id
        from groups
        where distance > 0 and work_center_id in (select work_center_id from days)
    ) as is_ignored
from days;

-- The plan that counts: the last approved one.
create or replace temp table plan as
select version, product_id, location_id, period_start, period_end, due_date, coalesce(quantity, 0) as quantity
from landing.production_plans
where
    status = 'approved'
    and snapshot_date <= getvariable('as_of')
    and (known_at is null or known_at < getvariable('as_of') + 1)
qualify rank() over (order by snapshot_date desc, version desc) = 1;

-- Every day that the plan can lead to, per calendar; a day that no calendar names is worked from Monday to Friday.
create or replace temp table calendar_days as
with span as (
    select date_trunc('year', min(date)) as first_day, date_trunc('year', max(date)) + interval 1 year as last_day
    from (
        select date from landing.capacity
        union all
        select unnest([period_start, period_end, due_date]) from landing.production_plans
        union all
        select unnest([scheduled_start, actual_start]) from landing.production_operations
        union all
        select getvariable('as_of')
    )
),

days as (
    select unnest(generate_series(first_day, last_day, interval 1 day))::date as date
    from span
)

select
    ids.calendar_id,
    days.date,
    coalesce(calendars.is_working_day, isodow(days.date) <= 5) as is_working_day,
    count_if(coalesce(calendars.is_working_day, isodow(days.date) <= 5)) over (
        partition by ids.calendar_id
        order by days.date
        rows unbounded preceding
    ) as working_day_number
from (select distinct calendar_id from landing.calendars union all select '(none)') as ids
cross join days
left join landing.calendars as calendars on calendars.calendar_id = ids.calendar_id and calendars.date = days.date;

create or replace temp table plan_locations as
select
    location_id,
    coalesce(calendars.calendar_id, '(none)') as calendar_id
from (select distinct location_id from plan)
left join landing.locations using (location_id)
left join (select distinct calendar_id from landing.calendars) as calendars using (calendar_id);

-- A part of the plan for each day on which it is due: its own, or each working day of its period.
create or replace temp table slices as
with periods as (
    select distinct calendar_id, period_start, period_end
    from plan
    inner join plan_locations using (location_id)
    where due_date is null
),

period_days as (
    select
        calendar_id,
        period_start,
        period_end,
        date,
        row_number() over (partition by calendar_id, period_start, period_end order by date) as slice_number,
        count(*) over (partition by calendar_id, period_start, period_end) as slice_count
    from periods
    inner join calendar_days using (calendar_id)
    where is_working_day and date >= period_start and date < period_end
)

select
    version,
    product_id,
    location_id,
    plan.period_start,
    quantity,
    coalesce(due_date, date, plan.period_end - 1, plan.period_start) as due_date,
    coalesce(slice_number, 1) as slice_number,
    coalesce(slice_count, 1) as slice_count
from plan
inner join plan_locations using (location_id)
left join period_days
    on
        period_days.calendar_id = plan_locations.calendar_id
        and period_days.period_start = plan.period_start
        and period_days.period_end = plan.period_end
        and due_date is null;

-- What the plan may ask for, in a row of its own or as a component, and whether it is made at all.
create or replace temp table plan_products as
with planned as (
    select distinct product_id, location_id from plan
),

made as (
    select product_id from landing.routings
    union
    select product_id from landing.bills_of_material
)

select
    product_id,
    location_id,
    planned.product_id is not null as is_planned,
    made.product_id is null and planned.product_id is null as is_bought
from (
    select product_id, location_id from planned
    union
    select component_id, plan_locations.location_id from landing.bills_of_material cross join plan_locations
)
left join planned using (product_id, location_id)
left join made using (product_id);

-- The routing that holds on a day, step by step from its last operation. Of what has none, one step without operation.
create or replace temp table steps as
with candidates as (
    select
        plan_products.location_id,
        routings.* replace (
            coalesce(valid_from, getvariable('calendar_first_date')) as valid_from,
            coalesce(valid_to, getvariable('calendar_last_date') + 1) as valid_to
        ) rename (location_id as routing_location_id)
    from plan_products
    inner join landing.routings
        on routings.product_id = plan_products.product_id and routings.location_id in (plan_products.location_id, '(all)')
),

spans as (
    select
        product_id,
        location_id,
        date as span_start,
        lead(date, 1, getvariable('calendar_last_date') + 1) over (partition by product_id, location_id order by date)
            as span_end
    from (
        select product_id, location_id, getvariable('calendar_first_date') as date from plan_products
        union
        select product_id, location_id, unnest([valid_from, valid_to]) from candidates
    )
),

holding as (
    select candidates.*, span_start
    from spans
    inner join candidates using (product_id, location_id)
    where span_start >= valid_from and span_start < valid_to
    qualify
        dense_rank() over (
            partition by product_id, location_id, span_start
            order by
                routing_location_id = '(all)', is_default is not true, routing_version desc, routing_location_id
        ) = 1
)

select
    product_id,
    location_id,
    span_start,
    span_end,
    operation,
    work_center_id,
    run_hours_per_unit,
    setup_hours,
    lot_size,
    coalesce(setback_days, 0) as setback_days,
    coalesce(setback_unit = 'calendar', false) as is_calendar_setback,
    (1 / nullif(coalesce(yield_rate, 1), 0))::decimal(24, 12) as ratio,
    row_number() over (partition by product_id, location_id, span_start order by operation desc) as step,
    step = count(*) over (partition by product_id, location_id, span_start) as is_first_operation
from spans
left join holding using (product_id, location_id, span_start);

-- The bill that holds on a day.
create or replace temp table components as
with candidates as (
    select
        plan_products.location_id,
        bills.* replace (
            coalesce(valid_from, getvariable('calendar_first_date')) as valid_from,
            coalesce(valid_to, getvariable('calendar_last_date') + 1) as valid_to
        ) rename (location_id as bill_location_id)
    from plan_products
    inner join landing.bills_of_material as bills
        on bills.product_id = plan_products.product_id and bills.location_id in (plan_products.location_id, '(all)')
),

spans as (
    select
        product_id,
        location_id,
        date as span_start,
        lead(date, 1, getvariable('calendar_last_date') + 1) over (partition by product_id, location_id order by date)
            as span_end
    from (select distinct product_id, location_id, unnest([valid_from, valid_to]) as date from candidates)
),

holding as (
    select candidates.*, span_start, span_end
    from spans
    inner join candidates using (product_id, location_id)
    where span_start >= valid_from and span_start < valid_to
    qualify
        dense_rank() over (
            partition by product_id, location_id, span_start
            order by bill_location_id = '(all)', is_default is not true, version desc, bill_location_id
        ) = 1
)

select
    holding.product_id,
    holding.location_id,
    span_start,
    span_end,
    component_id,
    coalesce(is_phantom, false) as is_phantom,
    (coalesce(quantity_per, 0) / nullif(coalesce(yield_rate, 1), 0))::decimal(24, 12) as ratio
from holding
inner join plan_products as parts on parts.product_id = component_id and parts.location_id = holding.location_id
where not parts.is_planned;

-- What precedes what: of step 0, the product on its day, its last operation; of its first operation, step -1, its parts.
create or replace temp table successors as
select
    product_id, location_id, step - 1 as from_step, span_start, span_end,
    product_id as to_product_id, if(is_first_operation, -1, step) as to_step, true as is_step, is_bought,
    operation, work_center_id, run_hours_per_unit, setup_hours, lot_size, setback_days, is_calendar_setback, ratio,
    calendar_id
from steps
inner join plan_products using (product_id, location_id)
inner join plan_locations using (location_id)
union all
select
    product_id, location_id, -1, span_start, span_end, component_id, if(is_phantom, -1, 0), false, false,
    null, null, null, null, null, 0, false, ratio, null
from components;

-- Where a number of working days before a day leads; one working day before a Saturday or a Monday is the Friday.
create or replace temp table setbacks as
select days.calendar_id, days.date, setback_days, worked.date as setback_date
from calendar_days as days
inner join (
    select distinct calendar_id, setback_days
    from successors
    where setback_days > 0 and not is_calendar_setback
) using (calendar_id)
inner join calendar_days as worked
    on
        worked.calendar_id = days.calendar_id
        and worked.is_working_day
        and worked.working_day_number
        = days.working_day_number - if(days.is_working_day, 1, 0) - setback_days + 1;

-- The last day with hours up to each day, of work centers and of groups.
create or replace temp table capacity_days as
with hours as (
    select group_id as work_center_id, date
    from available_hours
    inner join groups using (work_center_id)
    where not is_ignored
    group by all
    having sum(available_hours) > 0
),

days as (
    select work_center_id, date
    from (select distinct work_center_id from hours)
    cross join (select distinct date from calendar_days)
)

select days.work_center_id, days.date, hours.date as capacity_date
from days
asof join hours on hours.work_center_id = days.work_center_id and hours.date <= days.date;

-- Operations are placed from the last to the first; what one is moved, all before it in its order are moved, too.
create or replace temp table operation_days as
with recursive states as (
    select
        product_id as plan_product_id, location_id, due_date as plan_due_date, product_id, product_id as way,
        0::bigint as step, due_date, due_date as date, 0::bigint as moved_days, 1::decimal(28, 12) as start_ratio,
        false as is_step, false as is_bought, null::varchar as operation, null::varchar as work_center_id,
        null::decimal(18, 6) as run_hours_per_unit, null::decimal(18, 4) as setup_hours,
        null::decimal(18, 4) as lot_size, false as is_placed
    from (select distinct product_id, location_id, due_date from slices)
    union all
    select
        plan_product_id,
        states.location_id,
        plan_due_date,
        to_product_id,
        if(next.is_step, way, way || ' > ' || to_product_id),
        to_step,
        if(next.is_step, states.due_date, states.date),
        if(next.is_step, coalesce(capacity_date, wanted_date), states.date),
        if(next.is_step, moved_days + coalesce(wanted_date - capacity_date, 0), 0),
        (start_ratio * ratio)::decimal(28, 12),
        next.is_step,
        next.is_bought,
        next.operation,
        next.work_center_id,
        next.run_hours_per_unit,
        next.setup_hours,
        next.lot_size,
        capacity_date is not null
    from states
    inner join successors as next
        on
            next.product_id = states.product_id
            and next.location_id = states.location_id
            and next.from_step = states.step
            and states.due_date >= next.span_start
            and states.due_date < next.span_end
    left join setbacks
        on
            setbacks.calendar_id = next.calendar_id
            and setbacks.setback_days = next.setback_days
            and setbacks.date = states.due_date
            and not next.is_calendar_setback
    cross join lateral (
        select coalesce(setback_date, states.due_date - next.setback_days::integer) - moved_days::integer as wanted_date
    )
    left join capacity_days on capacity_days.work_center_id = next.work_center_id and capacity_days.date = wanted_date
    where next.is_step or not contains(' > ' || way || ' > ', ' > ' || to_product_id || ' > ')
)

select plan_product_id, location_id, plan_due_date, product_id, way, date, start_ratio, operation, work_center_id,
    run_hours_per_unit, setup_hours, lot_size, is_placed
from states
where is_step and not is_bought;

-- Hours of a row of the plan, of which each of its days has a part, rounded so that the parts add up.
create or replace temp table plan_hours as
with operations as (
    select
        version,
        slices.product_id as plan_product_id,
        slices.location_id,
        period_start,
        slice_number,
        slice_count,
        operation_days.product_id,
        way,
        operation,
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        date,
        is_placed,
        run_hours_per_unit,
        setup_hours,
        lot_size,
        round(quantity * start_ratio, 6)::decimal(22, 6) as start_quantity
    from slices
    inner join operation_days
        on
            operation_days.plan_product_id = slices.product_id
            and operation_days.location_id = slices.location_id
            and operation_days.plan_due_date = slices.due_date
    left join work_centers on work_centers.work_center_id = operation_days.work_center_id
),

-- Whole numbers from here on: lots are counted, and hours told, in units of a ten-thousandth.
counted as (
    select
        *,
        (start_quantity::decimal(20, 4) * 10000)::bigint as start_units,
        (lot_size * 10000)::bigint as lot_units
    from operations
),

hours as (
    select
        *,
        run_hours_per_unit is null or start_quantity is null as is_without_hours,
        (
            round(
                coalesce(start_quantity * run_hours_per_unit, 0)
                + if(
                    start_quantity > 0,
                    coalesce(setup_hours, 0) * coalesce((start_units + lot_units - 1) // lot_units, 1),
                    0
                ),
                4
            )
            * 10000
        )::bigint as units
    from counted
)

select
    version,
    plan_product_id,
    location_id,
    period_start,
    way,
    operation,
    work_center_id,
    product_id,
    is_placed,
    date,
    is_without_hours,
    (
        (2 * units * slice_number + slice_count) // (2 * slice_count)
        - (2 * units * (slice_number - 1) + slice_count) // (2 * slice_count)
    ) as units
from hours;

create or replace temp table capacity_load as
with plan_load as (
    select
        *,
        if(date > getvariable('as_of'), date, getvariable('as_of') + 1) as load_date,
        coalesce(products.product_id, '(unknown)') as load_product_id
    from plan_hours
    left join landing.products as products on products.product_id = plan_hours.product_id
),

orders as (
    select
        operations.*,
        coalesce(work_centers.work_center_id, '(unknown)') as known_work_center_id,
        orders.status,
        coalesce(products.product_id, '(unknown)') as product_id
    from landing.production_operations as operations
    left join work_centers using (work_center_id)
    left join landing.production_orders as orders using (production_order_id)
    left join landing.products as products on products.product_id = orders.product_id
)

select
    'actual' as load_basis,
    '(all)' as plan_version,
    known_work_center_id as work_center_id,
    actual_start as load_date,
    product_id,
    sum(coalesce(actual_hours, 0) + coalesce(setup_hours, 0)) as placed_load_hours,
    0 as past_due_load_hours,
    0 as unplaced_load_hours,
    count(*) filter (where actual_hours is null) as missing_hours_count
from orders
where actual_start <= getvariable('as_of')
group by all
union all
select
    'production_orders',
    '(all)',
    known_work_center_id,
    if(scheduled_start > getvariable('as_of'), scheduled_start, getvariable('as_of') + 1) as load_date,
    product_id,
    coalesce(sum(hours) filter (where scheduled_start > getvariable('as_of')), 0),
    coalesce(sum(hours) filter (where scheduled_start <= getvariable('as_of')), 0),
    coalesce(sum(hours) filter (where scheduled_start is null), 0),
    count(*) filter (where planned_hours is null)
from orders
cross join lateral (
    select
        greatest(
            coalesce(planned_hours, 0) + coalesce(setup_hours, 0) - if(actual_end is null, coalesce(actual_hours, 0), 0), 0
        ) as hours
)
where status in ('released', 'closed') and (actual_end is null or actual_end > getvariable('as_of'))
group by known_work_center_id, load_date, product_id
union all
select
    'production_plan',
    version,
    work_center_id,
    load_date,
    load_product_id,
    coalesce(sum(units) filter (where date > getvariable('as_of') and is_placed), 0)::decimal(18, 0) * 0.0001,
    coalesce(sum(units) filter (where date <= getvariable('as_of')), 0)::decimal(18, 0) * 0.0001,
    coalesce(sum(units) filter (where date > getvariable('as_of') and not is_placed), 0)::decimal(18, 0) * 0.0001,
    0
from plan_load
group by version, work_center_id, load_date, load_product_id
union all
-- An operation of a row is told once, on the first of the days over which it is spread.
select 'production_plan', version, work_center_id, load_date, load_product_id, 0, 0, 0, count(*)
from (
    select version, work_center_id, load_product_id, min(load_date) as load_date
    from plan_load
    where is_without_hours
    group by version, plan_product_id, location_id, period_start, way, operation, work_center_id, load_product_id
)
group by version, work_center_id, load_date, load_product_id;
