-- One row per thing that is out of line: what it is, how much money is at stake, and where to look.
with

-- What each type is about (a column of its mart), which figure of that mart is judged, and how the mart is narrowed to it.
types as (
    select *
    from (
        values
        ('overload', 'work_center_id', 'load_rate', 'fraction', 'capacity_gap', true, ''),
        ('unmet_demand', 'product_id', 'unmet_demand_quantity', 'stock unit', 'supply_projection', true, 'is_all_locations'),
        ('shortage', 'product_id', 'shortage_quantity', 'stock unit', 'supply_projection', true, 'is_all_locations'),
        ('markdown', 'product_id', 'excess_quantity', 'stock unit', 'excess_stock', false, ''),
        ('write_down', 'product_id', 'on_hand_quantity', 'stock unit', 'excess_stock', false, ''),
        ('excess', 'product_id', 'excess_quantity', 'stock unit', 'excess_stock', false, ''),
        ('aging', 'product_id', 'quantity', 'stock unit', 'aging_stock_buckets', false, ''),
        (
            'forecast_bias', 'product_family', 'bias_rate', 'fraction', 'forecast_accuracy_rolling',
            true, 'level = ''family'''
        ),
        ('stale_plan', 'plan_name', 'age_days', 'days', 'plan_alignment', false, ''),
        ('service_miss', 'customer_id', 'otif_line_rate', 'fraction', 'order_service_summary', true, ''),
        ('past_due_orders', 'customer_id', 'past_due_line_count', 'lines', 'order_service_summary', false, ''),
        ('lost_sales', 'product_id', 'lost_quantity', 'stock unit', 'lost_sales', false, ''),
        ('purchase_miss', 'vendor_id', 'on_time_line_rate', 'fraction', 'purchase_service', true, ''),
        ('quota_miss', 'salesperson_id', 'attainment_rate', 'fraction', 'quota_attainment', true, 'is_total'),
        (
            'thin_pipeline', 'salesperson_id', 'pipeline_coverage', 'ratio', 'sales_pipeline_flow',
            false, 'level = ''salesperson'''
        ),
        (
            'overdue_opportunities', 'salesperson_id', 'open_count', 'opportunities', 'sales_pipeline_flow',
            false, 'level = ''salesperson'''
        ),
        (
            'territory_imbalance', 'territory_id', 'workload_index', 'ratio', 'territory_balance',
            true, 'alignment = ''current'''
        ),
        ('quarantine', 'extract', 'quarantined_rate', 'fraction', 'data_freshness', false, ''),
        ('late_data', 'extract', 'days_behind', 'days', 'data_freshness', false, '')
    ) as listed (exception_type, subject, measure, unit, mart, is_periodic, narrowed_by)
),

periods as (
    select
        *,
        row_number() over (partition by period_kind, is_period_complete order by period_start desc) as last_place,
        row_number() over (partition by period_kind, is_period_complete order by period_start asc) as first_place
    from marts.dim_period
    where period_kind in ($exceptions_period_kind, $exceptions_quota_period_kind)
),

last_period as (
    select * from periods
    where period_kind = $exceptions_period_kind and is_period_complete and last_place = 1
),

-- Hours. An hour of a product at a work center is worth what the plan makes of it, by all its hours there.
planned_hours as (
    select work_center_id, product_id, sum(own_load_hours) as hours
    from marts.capacity_gap_drivers
    where period_kind = $exceptions_period_kind and load_basis = 'production_plan'
    group by work_center_id, product_id
),

planned_amounts as (
    select
        product_id,
        location_id,
        cast(sum(plan_quantity) as double)
        * cast(sum(supply_amount) as double) / nullif(sum(supply_quantity), 0) as amount
    from marts.supply_projection
    where period_kind = $exceptions_period_kind and not is_all_locations
    group by product_id, location_id
),

hour_amounts as (
    select
        planned_hours.work_center_id,
        planned_hours.product_id,
        cast(planned_amounts.amount / nullif(planned_hours.hours, 0) as decimal(18, 4)) as hour_amount
    from planned_hours
    inner join marts.dim_work_center on planned_hours.work_center_id = dim_work_center.work_center_id
    inner join planned_amounts
        on
            planned_hours.product_id = planned_amounts.product_id
            and dim_work_center.location_id = planned_amounts.location_id
    where planned_amounts.amount > 0
),

-- Hours of products without a worth count as the mean of those beside them.
moved as (
    select
        drivers.work_center_id,
        drivers.load_basis,
        drivers.period_start,
        cast(sum(drivers.hours_to_move * hour_amounts.hour_amount) as double)
        / sum(drivers.hours_to_move) as hour_amount
    from marts.capacity_gap_drivers as drivers
    inner join hour_amounts
        on drivers.work_center_id = hour_amounts.work_center_id and drivers.product_id = hour_amounts.product_id
    where drivers.period_kind = $exceptions_period_kind and drivers.hours_to_move > 0
    group by drivers.work_center_id, drivers.load_basis, drivers.period_start
),

-- What is planned counts before what is released, and that before what is only hoped for.
overloads as (
    select
        *,
        case load_basis
            when 'production_plan' then 1
            when 'production_orders' then 2
            when 'consensus_forecast' then 3
            when 'booked_orders' then 4
            when 'sales_target' then 5
            else 6
        end as preference,
        concat(
            load_basis, ' ',
            case
                when has_no_capacity then 'without any'
                else concat(cast(cast(round(load_rate * 100) as bigint) as text), ' %')
            end
        ) as told
    from marts.capacity_gap
    where
        period_kind = $exceptions_period_kind
        and not is_period_complete
        and not is_group
        and load_basis <> 'actual'
        and work_center_id <> '(unknown)'
        and overload_hours > 0
        and (load_rate > cast($exceptions_load_rate as double) or has_no_capacity)
),

overload_bases as (
    select
        work_center_id,
        period_start,
        min(preference) as preference,
        string_agg(told, ', ' order by preference asc) as told
    from overloads
    group by work_center_id, period_start
),

overload_exceptions as (
    select
        'overload' as exception_type,
        overloads.work_center_id as subject_id,
        '(all)' as location_id,
        overloads.period_kind,
        overloads.period_start,
        overloads.period_end,
        case
            when moved.hour_amount is not null then overloads.overload_hours * cast(moved.hour_amount as decimal(18, 4))
            when overloads.currency = $reporting_currency then overloads.overload_cost_amount
        end as amount,
        case
            when moved.hour_amount is not null then 'sales at plan price of what does not fit'
            else 'cost of the hours that are missing'
        end as amount_meaning,
        overloads.load_rate as value,
        cast($exceptions_load_rate as double) as limit_value,
        concat(
            'Work center ', overloads.work_center_id, ' is asked for ', cast(round(overloads.group_load_hours, 1) as text),
            ' hours and has ', cast(round(overloads.group_available_hours, 1) as text), ' (', overload_bases.told, ')'
        ) as told
    from overloads
    inner join overload_bases
        on
            overloads.work_center_id = overload_bases.work_center_id
            and overloads.period_start = overload_bases.period_start
            and overloads.preference = overload_bases.preference
    left join moved
        on
            overloads.work_center_id = moved.work_center_id
            and overloads.period_start = moved.period_start
            and overloads.load_basis = moved.load_basis
),

-- Demand that cannot be met by the end of its period and for which it is too late to order. All locations count together:
-- what one lacks another may send.
demand_exceptions as (
    select
        case when projection.unmet_demand_quantity > 0 then 'unmet_demand' else 'shortage' end as exception_type,
        projection.product_id as subject_id,
        '(all)' as location_id,
        projection.period_kind,
        projection.period_start,
        projection.period_end,
        case
            when projection.unmet_demand_quantity > 0 then projection.unmet_demand_amount
            else projection.shortage_amount
        end as amount,
        'what is missing, at plan price' as amount_meaning,
        cast(
            case
                when projection.unmet_demand_quantity > 0 then projection.unmet_demand_quantity
                else projection.shortage_quantity
            end as double
        ) as value,
        cast(0 as double) as limit_value,
        concat(
            'Of product ', projection.product_id, ', ',
            case
                when projection.unmet_demand_quantity > 0
                    then concat(
                        cast(round(projection.unmet_demand_quantity, 2) as text), ' of ',
                        cast(round(projection.demand_quantity + projection.past_due_order_quantity, 2) as text),
                        ' cannot be delivered in time'
                    )
                else concat(cast(round(projection.shortage_quantity, 2) as text), ' are missing in stock')
            end
        ) as told
    from marts.supply_projection as projection
    left join marts.dim_product on projection.product_id = dim_product.product_id
    where
        projection.period_kind = $exceptions_period_kind
        and projection.is_all_locations
        and projection.period_start - $as_of <= coalesce(dim_product.lead_time_days, $exceptions_lead_time_days) + 1
        and (
            projection.unmet_demand_quantity > 0
            or (projection.shortage_quantity > 0 and projection.is_first_open_period)
        )
),

old_stock as (
    select
        product_id,
        location_id,
        sum(quantity) as quantity,
        case when count(*) = count(reporting_value) then sum(reporting_value) end as value
    from marts.aging_stock_buckets
    where bucket_from_days > $exceptions_old_stock_days
    group by product_id, location_id
),

-- The same stock is told of once, for the first of four reasons that is worth it.
judged_stock as (
    select
        stock.*,
        coalesce(old_stock.quantity, 0) as old_quantity,
        old_stock.value as old_value,
        case
            when stock.markdown_exposure_amount >= $exceptions_smallest_amount then 'markdown'
            when stock.write_down_amount >= $exceptions_smallest_amount then 'write_down'
            when stock.excess_amount >= $exceptions_smallest_amount then 'excess'
            when old_stock.value >= $exceptions_smallest_amount then 'aging'
            when stock.excess_quantity > 0 and stock.excess_amount is null then 'excess'
            when old_stock.quantity > 0 and old_stock.value is null then 'aging'
        end as exception_type
    from marts.excess_stock as stock
    left join old_stock on stock.product_id = old_stock.product_id and stock.location_id = old_stock.location_id
),

stock_exceptions as (
    select
        exception_type,
        product_id as subject_id,
        location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        case exception_type
            when 'markdown' then markdown_exposure_amount
            when 'write_down' then write_down_amount
            when 'excess' then excess_amount
            else old_value
        end as amount,
        case exception_type
            when 'markdown' then 'what clearing the excess costs in price'
            when 'write_down' then 'what it is worth more than it brings'
            when 'excess' then 'cost of the excess'
            else 'book value of what is old'
        end as amount_meaning,
        cast(
            case
                when exception_type in ('markdown', 'excess') then excess_quantity
                when exception_type = 'write_down' then on_hand_quantity
                else old_quantity
            end as double
        ) as value,
        cast(0 as double) as limit_value,
        concat(
            'Of ', cast(cast(round(on_hand_quantity) as bigint) as text), ' of product ', product_id, ' at ', location_id,
            ', ', cast(cast(round(excess_quantity) as bigint) as text), ' are more than is asked for until ',
            cast(horizon_end - 1 as text), ', and ', cast(cast(round(old_quantity) as bigint) as text), ' are older than ',
            cast($exceptions_old_stock_days as text), ' days'
        ) as told
    from judged_stock
    where exception_type is not null
),

-- Several forecasts of one family that miss to the same side are one story: the largest error stands for them.
biased as (
    select
        *,
        coalesce(bias_rate, amount_bias_rate) as bias,
        concat(
            forecast_type, ' ',
            cast(cast(round(coalesce(bias_rate, amount_bias_rate) * 100) as bigint) as text), ' %'
        ) as told,
        row_number() over (
            partition by product_family
            order by abs(error_amount) desc nulls last, forecast_type asc
        ) as place
    from marts.forecast_accuracy_rolling
    where
        period_kind = $exceptions_period_kind
        and level = 'family'
        and lag = $exceptions_bias_lag
        and window_periods = $exceptions_bias_window_periods
        and forecast_type not in ('naive', 'seasonal_naive')
        and abs(coalesce(bias_rate, amount_bias_rate)) > cast($exceptions_bias_rate as double)
        and period_start = (select max(period_start) from last_period)
),

bias_lists as (
    select product_family, string_agg(told, ', ' order by place asc) as told
    from biased
    group by product_family
),

bias_exceptions as (
    select
        'forecast_bias' as exception_type,
        biased.product_family as subject_id,
        '(all)' as location_id,
        biased.period_kind,
        biased.period_start,
        biased.period_end,
        abs(biased.error_amount) as amount,
        'by which forecasts missed, at plan price' as amount_meaning,
        biased.bias as value,
        cast($exceptions_bias_rate as double) as limit_value,
        concat(
            'Forecasts of family ', biased.product_family, ' were too ',
            case when biased.bias > 0 then 'high' else 'low' end,
            ' over ', cast(biased.window_periods as text), ' periods (', bias_lists.told, ')'
        ) as told
    from biased
    inner join bias_lists on biased.product_family = bias_lists.product_family
    where biased.place = 1
),

plan_names as (
    select *
    from (values ('sales'), ('marketing'), ('consensus'), ('statistical'), ('production_plan')) as names (plan_name)
),

-- A plan for whole families has no price of its own: it is worth what the consensus makes of the same families.
planned as (
    select
        plan_names.plan_name,
        alignment.period_start,
        alignment.period_end,
        alignment.stale_plan_days,
        case plan_names.plan_name
            when 'sales' then alignment.sales_forecast_age_days
            when 'marketing' then alignment.marketing_forecast_age_days
            when 'consensus' then alignment.consensus_forecast_age_days
            when 'statistical' then alignment.statistical_forecast_age_days
            else alignment.production_plan_age_days
        end as age_days,
        coalesce(
            case plan_names.plan_name
                when 'sales' then alignment.sales_forecast_amount
                when 'marketing' then alignment.marketing_forecast_amount
                when 'statistical' then alignment.statistical_forecast_amount
                when 'production_plan' then alignment.production_plan_amount
            end,
            alignment.consensus_forecast_amount
        ) as amount
    from marts.plan_alignment as alignment
    cross join plan_names
    where
        alignment.period_kind = $exceptions_period_kind
        and not alignment.is_period_complete
        and alignment.is_stale
        and alignment.product_family <> '(all)'
        and alignment.market_region = '(all)'
),

plan_exceptions as (
    select
        'stale_plan' as exception_type,
        plan_name as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        sum(amount) as amount,
        'what is planned for the periods that it covers, at plan price' as amount_meaning,
        cast(max(age_days) as double) as value,
        cast(max(stale_plan_days) as double) as limit_value,
        concat(
            'The plan of ', replace(plan_name, '_plan', ''), ' is ', cast(max(age_days) as text), ' days old, and ',
            cast(max(stale_plan_days) as text), ' are allowed; it covers ', cast(min(period_start) as text), ' to ',
            cast(max(period_end) - 1 as text)
        ) as told
    from planned
    where age_days > stale_plan_days
    group by plan_name
),

customers as (
    select
        summary.customer_id,
        last_period.period_kind,
        last_period.period_start,
        last_period.period_end,
        sum(summary.counted_line_count) as line_count,
        sum(summary.otif_line_count) as otif_line_count,
        case
            when count(*) = count(summary.due_amount) then sum(summary.due_amount - summary.filled_amount)
        end as late_amount
    from marts.order_service_summary as summary
    inner join last_period
        on summary.period_kind = last_period.period_kind and summary.period_start = last_period.period_start
    group by summary.customer_id, last_period.period_kind, last_period.period_start, last_period.period_end
),

service_exceptions as (
    select
        'service_miss' as exception_type,
        customer_id as subject_id,
        '(all)' as location_id,
        period_kind,
        period_start,
        period_end,
        late_amount as amount,
        'what did not come in time, at the prices of the orders' as amount_meaning,
        cast(otif_line_count as double) / line_count as value,
        cast($exceptions_service_rate as double) as limit_value,
        concat(
            'Customer ', customer_id, ' got ', cast(otif_line_count as text), ' of ', cast(line_count as text),
            ' order lines on time and in full'
        ) as told
    from customers
    where otif_line_count < line_count * $exceptions_service_rate
),

-- Each line stands in one period of a kind, also one without a due date.
past_due_exceptions as (
    select
        'past_due_orders' as exception_type,
        customer_id as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        case when count(*) = count(past_due_amount) then sum(past_due_amount) end as amount,
        'what is past due, at the prices of the orders' as amount_meaning,
        cast(sum(past_due_line_count) as double) as value,
        cast(0 as double) as limit_value,
        concat(
            'Customer ', customer_id, ' waits for what is past due of ', cast(sum(past_due_line_count) as text),
            ' order lines'
        ) as told
    from marts.order_service_summary
    where period_kind = $exceptions_period_kind and past_due_line_count > 0
    group by customer_id
),

lost_sales_exceptions as (
    select
        'lost_sales' as exception_type,
        lost_sales.product_id as subject_id,
        '(all)' as location_id,
        last_period.period_kind,
        last_period.period_start,
        last_period.period_end,
        case when count(*) = count(lost_sales.lost_amount) then sum(lost_sales.lost_amount) end as amount,
        'what was not ordered since it was not there, at plan price' as amount_meaning,
        cast(sum(lost_sales.lost_quantity) as double) as value,
        cast(0 as double) as limit_value,
        concat(
            'Product ', lost_sales.product_id, ' was out of stock on ', cast(count(*) as text),
            ' working days of locations, and ', cast(cast(round(sum(lost_sales.lost_quantity)) as bigint) as text),
            ' were not sold'
        ) as told
    from marts.lost_sales
    inner join last_period
        on lost_sales.stockout_date >= last_period.period_start and lost_sales.stockout_date < last_period.period_end
    where lost_sales.lost_quantity > 0
    group by lost_sales.product_id, last_period.period_kind, last_period.period_start, last_period.period_end
),

vendors as (
    select
        service.vendor_id,
        last_period.period_kind,
        last_period.period_start,
        last_period.period_end,
        sum(service.counted_line_count) as line_count,
        sum(service.on_time_line_count) as on_time_line_count,
        case
            when count(*) = count(service.due_amount) then sum(service.due_amount - service.filled_amount)
        end as late_amount
    from marts.purchase_service as service
    inner join last_period
        on service.period_kind = last_period.period_kind and service.period_start = last_period.period_start
    group by service.vendor_id, last_period.period_kind, last_period.period_start, last_period.period_end
),

purchase_exceptions as (
    select
        'purchase_miss' as exception_type,
        vendor_id as subject_id,
        '(all)' as location_id,
        period_kind,
        period_start,
        period_end,
        late_amount as amount,
        'what did not come in time, at plan price' as amount_meaning,
        cast(on_time_line_count as double) / line_count as value,
        cast($exceptions_vendor_rate as double) as limit_value,
        concat(
            'Vendor ', vendor_id, ' brought ', cast(on_time_line_count as text), ' of ', cast(line_count as text),
            ' purchase order lines on time'
        ) as told
    from vendors
    where on_time_line_count < line_count * $exceptions_vendor_rate
),

-- Targets of whole teams are their people's: a manager with one has no pipeline of their own to cover it.
pipelines as (
    select
        flow.salesperson_id,
        min(flow.period_start) as period_start,
        max(flow.period_end) as period_end,
        sum(flow.remaining_target_amount) as remaining_amount,
        case when count(*) = count(flow.open_amount) then sum(flow.open_amount) end as open_amount
    from marts.sales_pipeline_flow as flow
    inner join periods
        on
            flow.period_kind = periods.period_kind
            and flow.period_start = periods.period_start
            and not periods.is_period_complete
            and periods.first_place <= $exceptions_pipeline_periods
    where
        flow.period_kind = $exceptions_period_kind
        and flow.level = 'salesperson'
        and flow.remaining_target_amount > 0
        and flow.salesperson_id not in (select salesperson_id from marts.quota_attainment where is_team_target)
    group by flow.salesperson_id
),

covered as (
    select
        *,
        cast(open_amount as double) / remaining_amount as coverage,
        concat(
            'open opportunities cover ',
            case
                when open_amount is null then 'an unknown part of what is still to be won'
                else concat(
                    cast(round(cast(open_amount as double) / remaining_amount, 2) as text), ' times what is still to be won'
                )
            end,
            ' from ', cast(period_start as text), ' to ', cast(period_end - 1 as text)
        ) as told
    from pipelines
),

quota_exceptions as (
    select
        'quota_miss' as exception_type,
        quotas.salesperson_id as subject_id,
        '(all)' as location_id,
        quotas.period_kind,
        quotas.period_start,
        quotas.period_end,
        quotas.gap_to_go_amount as amount,
        'what is missing to the target' as amount_meaning,
        quotas.attainment_rate as value,
        cast($exceptions_attainment_rate as double) as limit_value,
        concat(
            'Salesperson ', quotas.salesperson_id, ' reached ',
            cast(cast(round(quotas.attainment_rate * 100) as bigint) as text), ' % of the target',
            case when covered.told is not null then concat('; ', covered.told) else '' end
        ) as told
    from marts.quota_attainment as quotas
    inner join periods
        on
            quotas.period_kind = periods.period_kind
            and quotas.period_start = periods.period_start
            and periods.is_period_complete
            and periods.last_place = 1
    left join covered on quotas.salesperson_id = covered.salesperson_id
    where
        quotas.period_kind = $exceptions_quota_period_kind
        and quotas.is_total
        and quotas.attainment_rate < cast($exceptions_attainment_rate as double)
),

-- Who missed is told of above, with their pipeline.
pipeline_exceptions as (
    select
        'thin_pipeline' as exception_type,
        salesperson_id as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        cast(remaining_amount - open_amount as decimal(18, 4)) as amount,
        'what is still to be won beyond what is open' as amount_meaning,
        coverage as value,
        cast($exceptions_pipeline_coverage as double) as limit_value,
        concat('Salesperson ', salesperson_id, ': ', told) as told
    from covered
    where
        coverage < cast($exceptions_pipeline_coverage as double)
        and salesperson_id not in (
            select subject_id from quota_exceptions
            where amount >= $exceptions_smallest_amount
        )
),

overdue_exceptions as (
    select
        'overdue_opportunities' as exception_type,
        salesperson_id as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        case when count(*) = count(open_amount) then sum(open_amount) end as amount,
        'what they would bring' as amount_meaning,
        cast(sum(open_count) as double) as value,
        cast(0 as double) as limit_value,
        concat(
            'Salesperson ', salesperson_id, ' has ', cast(sum(open_count) as text),
            ' open opportunities that were to be closed by ', cast(max(period_end) - 1 as text)
        ) as told
    from marts.sales_pipeline_flow
    where
        period_kind = $exceptions_period_kind
        and level = 'salesperson'
        and open_count > 0
        and $as_of - period_end >= $exceptions_overdue_days
    group by salesperson_id
),

territories as (
    select
        balance.*,
        min(balance.workload_hours) filter (where balance.territory_id <> '(unknown)') over () as lowest_hours
    from marts.territory_balance as balance
    inner join last_period
        on balance.period_kind = last_period.period_kind and balance.period_start = last_period.period_start
    where balance.alignment = 'current'
),

-- With the hours of a mean territory, only 1 / index of the accounts' visits can be made.
territory_exceptions as (
    select
        'territory_imbalance' as exception_type,
        territory_id as subject_id,
        '(all)' as location_id,
        period_kind,
        period_start,
        period_end,
        cast(potential_amount * year_share_rate * cast(1 - 1 / workload_index as decimal(9, 6)) as decimal(18, 4)) as amount,
        'potential of the accounts that a mean workload does not reach, in the period' as amount_meaning,
        workload_index as value,
        cast($exceptions_workload_index as double) as limit_value,
        concat(
            'Territory ', territory_id, ' asks for ', cast(round(workload_hours, 2) as text), ' hours of visits, ',
            cast(round(workload_index, 2) as text), ' times the mean of ', cast(territory_count as text),
            ' territories; the lightest asks for ', cast(round(lowest_hours, 2) as text)
        ) as told
    from territories
    where workload_index > cast($exceptions_workload_index as double)
),

quarantine_exceptions as (
    select
        'quarantine' as exception_type,
        extract as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        cast(null as decimal(18, 4)) as amount,
        'not known' as amount_meaning,
        quarantined_rate as value,
        cast($exceptions_quarantine_rate as double) as limit_value,
        concat(
            'Of ', cast(read_row_count as text), ' records of extract ', extract, ' ', cast(quarantined_row_count as text),
            ' broke a rule and count nowhere'
        ) as told
    from marts.data_freshness
    where quarantined_rate > cast($exceptions_quarantine_rate as double)
),

late_exceptions as (
    select
        'late_data' as exception_type,
        extract as subject_id,
        '(all)' as location_id,
        'day' as period_kind,
        $as_of as period_start,
        $as_of + 1 as period_end,
        cast(null as decimal(18, 4)) as amount,
        'not known' as amount_meaning,
        cast(days_behind as double) as value,
        cast(allowed_age_hours as double) / 24 as limit_value,
        concat(
            'Extract ', extract, ' reaches to ', cast(covered_to_date as text), ', ', cast(days_behind as text),
            ' days before the last day that it should cover'
        ) as told
    from marts.data_freshness
    where is_late
),

found as (
    select * from overload_exceptions
    union all
    select * from demand_exceptions
    union all
    select * from stock_exceptions
    union all
    select * from bias_exceptions
    union all
    select * from plan_exceptions
    union all
    select * from service_exceptions
    union all
    select * from past_due_exceptions
    union all
    select * from lost_sales_exceptions
    union all
    select * from purchase_exceptions
    union all
    select * from quota_exceptions
    union all
    select * from pipeline_exceptions
    union all
    select * from overdue_exceptions
    union all
    select * from territory_exceptions
    union all
    select * from quarantine_exceptions
    union all
    select * from late_exceptions
),

-- Whatever a type is not about is `(all)`. Families, locations and regions follow from what it is about.
keyed as (
    select
        found.exception_type,
        found.subject_id,
        types.subject,
        types.measure,
        types.unit,
        types.mart,
        types.is_periodic,
        types.narrowed_by,
        found.period_kind,
        found.period_start,
        found.period_end,
        cast(round(found.amount, 4) as decimal(18, 4)) as amount,
        case when found.amount is null then 'not known' else found.amount_meaning end as amount_meaning,
        found.value,
        found.limit_value,
        found.told,
        case
            when types.subject = 'work_center_id' then coalesce(plants.location_id, '(unknown)')
            else found.location_id
        end as location_id,
        case types.subject
            when 'product_family' then found.subject_id
            when 'product_id' then coalesce(products.family, '(unknown)')
            else '(all)'
        end as product_family,
        case types.subject
            when 'territory_id' then coalesce(territories_known.market_region, '(unknown)')
            when 'customer_id' then coalesce(customers_known.market_region, '(unknown)')
        end as region_of_subject,
        case
            when found.amount >= $exceptions_critical_amount then 1
            when found.amount >= $exceptions_high_amount or found.exception_type = 'late_data' then 2
            when found.amount >= $exceptions_medium_amount then 3
            when
                found.exception_type = 'quarantine'
                and found.value >= cast($exceptions_high_quarantine_rate as double)
                then 2
            when
                found.exception_type = 'quarantine'
                and found.value >= cast($exceptions_medium_quarantine_rate as double)
                then 3
            when found.amount is null and found.exception_type <> 'quarantine' then 3
            else 4
        end as severity_order
    from found
    inner join types on found.exception_type = types.exception_type
    left join marts.dim_product as products on types.subject = 'product_id' and found.subject_id = products.product_id
    left join marts.dim_work_center as work_centers
        on types.subject = 'work_center_id' and found.subject_id = work_centers.work_center_id
    left join marts.dim_location as plants on work_centers.location_id = plants.location_id
    left join marts.dim_territory as territories_known
        on types.subject = 'territory_id' and found.subject_id = territories_known.territory_id
    left join marts.dim_customer as customers_known
        on types.subject = 'customer_id' and found.subject_id = customers_known.customer_id
    where found.amount is null or found.amount >= $exceptions_smallest_amount
),

named as (
    select
        concat(
            keyed.exception_type, '/', keyed.subject_id,
            case
                when keyed.subject = 'product_id' and keyed.location_id <> '(all)' then concat('/', keyed.location_id)
                else ''
            end,
            case
                when keyed.period_kind <> 'day' then concat('/', keyed.period_kind, '/', cast(keyed.period_start as text))
                else ''
            end
        ) as exception_id,
        keyed.*,
        case keyed.severity_order when 1 then 'critical' when 2 then 'high' when 3 then 'medium' else 'low' end as severity,
        coalesce(keyed.region_of_subject, locations.market_region, '(all)') as market_region,
        concat(
            case
                when keyed.subject = 'plan_name' then concat('stale_plans like ''%', keyed.subject_id, '%''')
                else concat(keyed.subject, ' = ''', replace(keyed.subject_id, '''', ''''''), '''')
            end,
            case
                when keyed.subject = 'product_id' and keyed.location_id <> '(all)'
                    then concat(' and location_id = ''', replace(keyed.location_id, '''', ''''''), '''')
                else ''
            end,
            case
                when keyed.is_periodic
                    then concat(
                        ' and period_kind = ''', keyed.period_kind, ''' and period_start = date ''',
                        cast(keyed.period_start as text), ''''
                    )
                else ''
            end,
            case when keyed.narrowed_by <> '' then concat(' and ', keyed.narrowed_by) else '' end
        ) as mart_filter,
        concat(
            case when periods.name is not null then concat(periods.name, ': ') else '' end,
            keyed.told,
            '.',
            case
                when keyed.amount is not null
                    then concat(
                        ' At stake: ', cast(cast(round(keyed.amount) as bigint) as text), ' ', $reporting_currency, ', ',
                        keyed.amount_meaning, '.'
                    )
                else ''
            end
        ) as description
    from keyed
    left join marts.dim_location as locations on keyed.location_id = locations.location_id
    left join periods on keyed.period_kind = periods.period_kind and keyed.period_start = periods.period_start
),

ranked as (
    select
        exception_id,
        exception_type,
        severity,
        severity_order,
        row_number() over (order by amount desc nulls last, severity_order asc, exception_id asc) as exception_rank,
        amount,
        amount_meaning,
        $reporting_currency as currency,
        period_kind,
        period_start,
        period_end,
        case subject when 'product_id' then subject_id else '(all)' end as product_id,
        product_family,
        location_id,
        case subject when 'work_center_id' then subject_id else '(all)' end as work_center_id,
        case subject when 'salesperson_id' then subject_id else '(all)' end as salesperson_id,
        case subject when 'territory_id' then subject_id else '(all)' end as territory_id,
        case subject when 'customer_id' then subject_id else '(all)' end as customer_id,
        case subject when 'vendor_id' then subject_id else '(all)' end as vendor_id,
        market_region,
        case subject when 'plan_name' then subject_id else '(all)' end as plan_name,
        case subject when 'extract' then subject_id else '(all)' end as extract,
        measure,
        value,
        limit_value,
        unit,
        description,
        mart,
        mart_filter
    from named
)

select * from ranked
