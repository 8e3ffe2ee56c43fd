-- Every total of hours that capacity_gap holds, beside the same total from the operations, the plan and the calendars.
with recursive

operations as (
    select * from staging.production_operations
),

orders as (
    select * from staging.production_orders
),

capacity as (
    select * from staging.capacity
),

work_centers as (
    select * from staging.work_centers
),

production_plans as (
    select * from staging.production_plans
),

routings as (
    select * from staging.routings
),

bills as (
    select * from staging.bills_of_material
),

sourcing as (
    select * from staging.sourcing
),

products as (
    select * from staging.products
),

sales_orders as (
    select * from staging.sales_orders
),

shipments as (
    select * from staging.shipments
),

forecasts as (
    select * from staging.forecasts
),

opportunities as (
    select * from intermediate.pipeline_opportunities
    where is_closed = false
),

opportunity_products as (
    select * from staging.opportunity_products
),

routing_steps as (
    select * from intermediate.plan_routing_steps
),

plan_slices as (
    select * from intermediate.capacity_plan_slices
),

plan_hours as (
    select * from intermediate.capacity_plan_hours
),

demand_rows as (
    select * from intermediate.capacity_plan_rows
    where is_demand
),

period_kinds as (
    select distinct period_kind from settings.capacity_gap_period_kinds
),

calendar_days as (
    select * from intermediate.period_days
),

dim_work_center as (
    select * from marts.dim_work_center
),

capacity_gap as (
    select * from marts.capacity_gap
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

actual_hours as (
    select
        'own_load_hours actual' as measure,
        actual_start as date,
        coalesce(actual_hours, 0) + coalesce(setup_hours, 0) as hours
    from operations
    where actual_start <= $as_of
),

order_hours as (
    select
        'own_load_hours production_orders' as measure,
        greatest(coalesce(operations.scheduled_start, $as_of), $as_of + interval '1 day') as date,
        case
            when operations.actual_end is not null
                then greatest(coalesce(operations.planned_hours, 0) + coalesce(operations.setup_hours, 0), 0)
            else
                greatest(
                    coalesce(operations.planned_hours, 0)
                    + coalesce(operations.setup_hours, 0)
                    - coalesce(operations.actual_hours, 0),
                    0
                )
        end as hours
    from operations
    inner join orders on operations.production_order_id = orders.production_order_id
    where
        orders.status not in ('planned', 'cancelled')
        and not coalesce(operations.actual_end <= $as_of, false)
),

-- A calendar counts unless the work center has children with a calendar; dim_work_center knows who is below whom.
ignored as (
    select distinct above.work_center_id
    from dim_work_center as above
    inner join dim_work_center as below on starts_with(below.path, concat(above.path, ' > '))
    inner join capacity on below.work_center_id = capacity.work_center_id
),

calendar_hours as (
    select
        case when capacity.date <= $as_of then 'own_available_hours actual' else 'own_available_hours production_orders' end
            as measure,
        capacity.date,
        round(
            (capacity.shift_hours - coalesce(capacity.break_hours, 0))
            * coalesce(capacity.machine_count, work_centers.machine_count, 1)
            * coalesce(work_centers.planned_utilization_rate, 1)
            * coalesce(work_centers.efficiency_rate, 1),
            4
        ) as hours
    from capacity
    left join work_centers on capacity.work_center_id = work_centers.work_center_id
    left join ignored on capacity.work_center_id = ignored.work_center_id
    where ignored.work_center_id is null
),

all_hours as (
    select * from actual_hours
    union all
    select * from order_hours
    union all
    select * from calendar_hours
),

-- Hours on a day without a period stay, with a period that the mart cannot have.
source_totals as (
    select
        all_hours.measure,
        period_days.period_kind,
        period_days.period_start,
        sum(all_hours.hours) as source_total
    from all_hours
    left join period_days on all_hours.date = period_days.date
    group by all_hours.measure, period_days.period_kind, period_days.period_start
),

mart_totals as (
    select
        concat('own_load_hours ', load_basis) as measure,
        period_kind,
        period_start,
        sum(own_load_hours) as mart_total
    from capacity_gap
    group by load_basis, period_kind, period_start
    union all
    select
        concat('own_available_hours ', load_basis) as measure,
        period_kind,
        period_start,
        sum(own_available_hours) as mart_total
    from capacity_gap
    group by load_basis, period_kind, period_start
),

-- The mart shows no period before a basis' first load or after its last: hours there are in no row of it.
compared as (
    select
        coalesce(source_totals.measure, mart_totals.measure) as measure,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        mart_totals.mart_total
    from source_totals
    full join mart_totals
        on
            source_totals.measure = mart_totals.measure
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
    where
        (mart_totals.measure like '% actual' or mart_totals.measure like '% production_orders')
        or source_totals.measure like 'own_load_hours %'
),

-- What a plan or demand asks for itself is counted here from its rows and routings, without a day, a bill or a capacity.
plan_ranks as (
    select
        *,
        dense_rank() over (order by snapshot_date desc, version desc) as place
    from production_plans
    where
        status = 'approved'
        and snapshot_date <= $as_of
        and coalesce(known_at < $as_of + interval '1 day', true)
),

plan_rows as (
    select
        'production_plan' as load_basis,
        product_id,
        location_id,
        '(all)' as order_id,
        '(all)' as line_id,
        period_start,
        period_end,
        false as is_spread_ahead,
        coalesce(quantity, 0) as quantity
    from plan_ranks
    where place = 1
    union all
    select
        load_basis,
        product_id,
        location_id,
        order_id,
        line_id,
        period_start,
        period_end,
        is_spread_ahead,
        quantity
    from demand_rows
),

start_ratios as (
    select
        product_id,
        location_id,
        span_start,
        cast(step as bigint) as step,
        cast(cast(1 as decimal(24, 12)) / nullif(yield_rate, 0) as decimal(28, 12)) as start_ratio
    from routing_steps
    where step = 1
    union all
    select
        start_ratios.product_id,
        start_ratios.location_id,
        start_ratios.span_start,
        start_ratios.step + 1 as step,
        cast(
            start_ratios.start_ratio
            * cast(cast(1 as decimal(24, 12)) / nullif(routing_steps.yield_rate, 0) as decimal(24, 12))
            as decimal(28, 12)
        ) as start_ratio
    from start_ratios
    inner join routing_steps
        on
            start_ratios.product_id = routing_steps.product_id
            and start_ratios.location_id = routing_steps.location_id
            and start_ratios.span_start = routing_steps.span_start
            and start_ratios.step + 1 = routing_steps.step
),

routing_spans as (
    select distinct
        product_id,
        location_id,
        span_start,
        span_end
    from routing_steps
),

-- A row that is spread over days with several routings has a part for each of them.
plan_parts as (
    select
        plan_slices.load_basis,
        plan_slices.product_id,
        plan_slices.location_id,
        plan_slices.order_id,
        plan_slices.line_id,
        plan_slices.period_start,
        plan_slices.period_end,
        plan_slices.is_spread_ahead,
        routing_spans.span_start,
        plan_slices.slice_count,
        min(plan_slices.slice_number) as first_slice,
        max(plan_slices.slice_number) as last_slice
    from plan_slices
    inner join routing_spans
        on
            plan_slices.product_id = routing_spans.product_id
            and plan_slices.location_id = routing_spans.location_id
            and plan_slices.due_date >= routing_spans.span_start
            and plan_slices.due_date < routing_spans.span_end
    group by
        plan_slices.load_basis,
        plan_slices.product_id,
        plan_slices.location_id,
        plan_slices.order_id,
        plan_slices.line_id,
        plan_slices.period_start,
        plan_slices.period_end,
        plan_slices.is_spread_ahead,
        routing_spans.span_start,
        plan_slices.slice_count
),

plan_operations as (
    select
        plan_rows.load_basis,
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        routing_steps.run_hours_per_unit,
        routing_steps.setup_hours,
        routing_steps.lot_size,
        plan_parts.first_slice,
        plan_parts.last_slice,
        plan_parts.slice_count,
        cast(round(plan_rows.quantity * start_ratios.start_ratio, 6) as decimal(22, 6)) as start_quantity
    from plan_rows
    inner join plan_parts
        on
            plan_rows.load_basis = plan_parts.load_basis
            and plan_rows.product_id = plan_parts.product_id
            and plan_rows.location_id = plan_parts.location_id
            and plan_rows.order_id = plan_parts.order_id
            and plan_rows.line_id = plan_parts.line_id
            and plan_rows.period_start = plan_parts.period_start
            and plan_rows.period_end = plan_parts.period_end
            and plan_rows.is_spread_ahead = plan_parts.is_spread_ahead
    inner join routing_steps
        on
            plan_parts.product_id = routing_steps.product_id
            and plan_parts.location_id = routing_steps.location_id
            and plan_parts.span_start = routing_steps.span_start
    inner join start_ratios
        on
            routing_steps.product_id = start_ratios.product_id
            and routing_steps.location_id = start_ratios.location_id
            and routing_steps.span_start = start_ratios.span_start
            and routing_steps.step = start_ratios.step
    left join work_centers on routing_steps.work_center_id = work_centers.work_center_id
),

plan_operation_hours as (
    select
        *,
        cast(
            round(
                coalesce(start_quantity * run_hours_per_unit, 0)
                + case
                    when start_quantity > 0
                        then
                            coalesce(setup_hours, 0)
                            * ceil(coalesce(cast(start_quantity as decimal(20, 4)) / lot_size, 1))
                    else 0
                end,
                4
            )
            as decimal(18, 4)
        ) as hours
    from plan_operations
),

-- How much of a component is needed depends on the routing of the day on which its parent is placed.
plan_hours_by_work_center as (
    select
        load_basis,
        work_center_id,
        cast(
            round(cast(hours * last_slice as decimal(28, 8)) / slice_count, 4)
            - round(cast(hours * (first_slice - 1) as decimal(28, 8)) / slice_count, 4)
            as decimal(18, 4)
        ) as hours
    from plan_operation_hours
    union all
    select
        load_basis,
        work_center_id,
        hours
    from plan_hours
    where way <> plan_product_id
),

plan_source as (
    select
        load_basis,
        work_center_id,
        sum(hours) as source_total
    from plan_hours_by_work_center
    group by load_basis, work_center_id
),

plan_kinds as (
    select
        plan_source.load_basis,
        plan_source.work_center_id,
        period_kinds.period_kind,
        plan_source.source_total
    from plan_source
    cross join period_kinds
),

plan_mart as (
    select
        load_basis,
        work_center_id,
        period_kind,
        sum(own_load_hours) as mart_total
    from capacity_gap
    where load_basis not in ('actual', 'production_orders')
    group by load_basis, work_center_id, period_kind
),

-- Placing an operation changes its day, and never its hours.
plan_compared as (
    select
        concat(
            'own_load_hours ', coalesce(plan_kinds.load_basis, plan_mart.load_basis),
            ' at ', coalesce(plan_kinds.work_center_id, plan_mart.work_center_id)
        ) as measure,
        coalesce(plan_kinds.period_kind, plan_mart.period_kind) as period_kind,
        cast(null as date) as period_start,
        coalesce(plan_kinds.source_total, 0) as source_total,
        coalesce(plan_mart.mart_total, 0) as mart_total
    from plan_kinds
    full join plan_mart
        on
            plan_kinds.load_basis = plan_mart.load_basis
            and plan_kinds.work_center_id = plan_mart.work_center_id
            and plan_kinds.period_kind = plan_mart.period_kind
),

-- The days after `$as_of` are available to plans and demand as they are to the orders.
plan_available as (
    select
        mart_totals.measure,
        mart_totals.period_kind,
        mart_totals.period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        mart_totals.mart_total
    from mart_totals
    left join source_totals
        on
            source_totals.measure = 'own_available_hours production_orders'
            and mart_totals.period_kind = source_totals.period_kind
            and mart_totals.period_start = source_totals.period_start
    where
        mart_totals.measure like 'own_available_hours %'
        and mart_totals.measure not in ('own_available_hours actual', 'own_available_hours production_orders')
),

-- Whatever is booked of products that are made is asked of some plant, known or not.
made_products as (
    select product_id from routings
    union
    select product_id from bills
    union
    select product_id from sourcing
    where share > 0
),

shipped_lines as (
    select
        order_id,
        order_line_id,
        sum(case when shipped_date <= $as_of then quantity else 0 end) as shipped_quantity,
        sum(case when shipped_date > $as_of then quantity else 0 end) as later_quantity
    from shipments
    group by order_id, order_line_id
),

-- What was cancelled after `$as_of` was still wanted then.
wanted_lines as (
    select
        sales_orders.product_id,
        sales_orders.status,
        greatest(
            sales_orders.quantity
            - case when sales_orders.cancelled_date > $as_of then 0 else coalesce(sales_orders.cancelled_quantity, 0) end
            - coalesce(shipped_lines.shipped_quantity, 0),
            0
        ) as rest_quantity,
        coalesce(shipped_lines.later_quantity, 0) as later_quantity
    from sales_orders
    left join shipped_lines
        on
            sales_orders.order_id = shipped_lines.order_id
            and sales_orders.line_id = shipped_lines.order_line_id
    where
        coalesce(sales_orders.order_date <= $as_of, true)
        and (sales_orders.status in ('firm', 'closed') or sales_orders.cancelled_date > $as_of)
        and sales_orders.status <> 'draft'
),

booked_source as (
    select
        coalesce(
            sum(
                case
                    when wanted_lines.status = 'closed' then least(wanted_lines.rest_quantity, wanted_lines.later_quantity)
                    else wanted_lines.rest_quantity
                end
            ),
            0
        ) as source_total
    from wanted_lines
    inner join made_products on wanted_lines.product_id = made_products.product_id
    inner join products on wanted_lines.product_id = products.product_id
),

booked_mart as (
    select coalesce(sum(quantity), 0) as mart_total
    from demand_rows
    where load_basis = 'booked_orders'
),

booked_compared as (
    select
        'open quantity of orders for what is made' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        booked_source.source_total,
        booked_mart.mart_total
    from booked_source
    cross join booked_mart
),

-- Of the forecasts that count each is asked of some plant once, in full.
ranked_forecasts as (
    select
        product_id,
        quantity,
        row_number() over (
            partition by product_id, location_id, customer_group, salesperson_id, period_start
            order by snapshot_date desc, version desc, known_at desc
        ) as place
    from forecasts
    where
        forecast_type = $supply_forecast_type
        and status = 'approved'
        and quantity is not null
        and snapshot_date <= $as_of
        and cast(greatest(known_at, coalesce(approved_at, known_at)) at time zone $time_zone as date) <= $as_of
        and period_end > $as_of + 1
),

wanted_quantities as (
    select
        'consensus_forecast' as load_basis,
        product_id,
        quantity
    from ranked_forecasts
    where place = 1
    union all
    select
        'pipeline' as load_basis,
        opportunity_products.product_id,
        round(opportunity_products.quantity * opportunities.probability_rate, 4) as quantity
    from opportunity_products
    inner join opportunities on opportunity_products.opportunity_id = opportunities.opportunity_id
    where
        opportunities.expected_close_date is not null
        and opportunity_products.quantity * opportunities.probability_rate > 0
),

both_quantities as (
    select
        wanted_quantities.load_basis,
        wanted_quantities.quantity as source_quantity,
        0 as mart_quantity
    from wanted_quantities
    inner join made_products on wanted_quantities.product_id = made_products.product_id
    inner join products on wanted_quantities.product_id = products.product_id
    union all
    select
        load_basis,
        0 as source_quantity,
        quantity as mart_quantity
    from demand_rows
    where
        load_basis = 'consensus_forecast'
        or (load_basis = 'pipeline' and due_date is not null)
),

quantities_compared as (
    select
        concat('quantity of what is made, ', load_basis) as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        sum(source_quantity) as source_total,
        sum(mart_quantity) as mart_total
    from both_quantities
    group by load_basis
),

all_compared as (
    select * from compared
    union all
    select * from plan_compared
    union all
    select * from plan_available
    union all
    select * from booked_compared
    union all
    select * from quantities_compared
)

select * from all_compared
