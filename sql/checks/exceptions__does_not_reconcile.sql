-- How many exceptions of each type there are and what they are worth, beside the marts that they are taken from. Those about
-- opportunities have a check of their own, since not every company tells of them.
with

exceptions as (
    select * from marts.exceptions
),

last_period as (
    select max(period_start) as period_start
    from marts.dim_period
    where period_kind = $exceptions_period_kind and is_period_complete
),

last_quota_period as (
    select max(period_start) as period_start
    from marts.dim_period
    where period_kind = $exceptions_quota_period_kind and is_period_complete
),

-- What an overload is worth follows from several marts: here its work centers and periods are counted, of which all
-- that cost enough have to be told of.
overloads as (
    select work_center_id, period_start
    from marts.capacity_gap
    where
        period_kind = $exceptions_period_kind
        and load_basis <> 'actual'
        and period_end > $as_of + 1
        and work_center_id <> '(unknown)'
        and not is_group
        and group_load_hours > group_available_hours * $exceptions_load_rate
    group by work_center_id, period_start
),

told_overloads as (
    select work_center_id, period_start from exceptions
    where exception_type = 'overload'
),

demand as (
    select
        case when unmet_demand_quantity > 0 then unmet_demand_amount else shortage_amount end as amount
    from marts.supply_projection
    inner join marts.dim_product on supply_projection.product_id = dim_product.product_id
    where
        period_kind = $exceptions_period_kind
        and location_id = '(all)'
        and period_start <= $as_of + 1 + coalesce(lead_time_days, $exceptions_lead_time_days)
        and (unmet_demand_quantity > 0 or (is_first_open_period and closing_quantity < 0))
),

-- Of stock the first amount counts that reaches the smallest one.
old_stock as (
    select
        product_id,
        location_id,
        count(*) - count(reporting_value) as unknown_count,
        sum(reporting_value) as value,
        sum(quantity) as quantity
    from marts.aging_stock_buckets
    where bucket_from_days > $exceptions_old_stock_days
    group by product_id, location_id
),

stock as (
    select
        case
            when stock.markdown_exposure_amount >= $exceptions_smallest_amount then stock.markdown_exposure_amount
            when stock.write_down_amount >= $exceptions_smallest_amount then stock.write_down_amount
            when stock.excess_amount >= $exceptions_smallest_amount then stock.excess_amount
            when old_stock.unknown_count = 0 and old_stock.value >= $exceptions_smallest_amount then old_stock.value
        end as amount,
        (stock.excess_quantity > 0 and stock.excess_amount is null)
        or (old_stock.quantity > 0 and old_stock.unknown_count > 0) as is_unknown
    from marts.excess_stock as stock
    left join old_stock on stock.product_id = old_stock.product_id and stock.location_id = old_stock.location_id
),

families as (
    select
        product_family,
        max(abs(error_amount)) as amount
    from marts.forecast_accuracy_rolling
    inner join last_period on forecast_accuracy_rolling.period_start = last_period.period_start
    where
        period_kind = $exceptions_period_kind
        and level = 'family'
        and lag = $exceptions_bias_lag
        and window_periods = $exceptions_bias_window_periods
        and forecast_type not in ('naive', 'seasonal_naive')
        and (
            coalesce(bias_rate, amount_bias_rate) > $exceptions_bias_rate
            or coalesce(bias_rate, amount_bias_rate) < -$exceptions_bias_rate
        )
    group by product_family
),

customers as (
    select
        order_service_summary.customer_id,
        sum(due_amount) - sum(filled_amount) as amount,
        count(*) - count(due_amount) as unknown_count
    from marts.order_service_summary
    inner join last_period on order_service_summary.period_start = last_period.period_start
    where period_kind = $exceptions_period_kind
    group by order_service_summary.customer_id
    having sum(otif_line_count) < sum(counted_line_count) * $exceptions_service_rate
),

vendors as (
    select
        purchase_service.vendor_id,
        sum(due_amount) - sum(filled_amount) as amount,
        count(*) - count(due_amount) as unknown_count
    from marts.purchase_service
    inner join last_period on purchase_service.period_start = last_period.period_start
    where period_kind = $exceptions_period_kind
    group by purchase_service.vendor_id
    having sum(on_time_line_count) < sum(counted_line_count) * $exceptions_vendor_rate
),

past_due as (
    select
        customer_id,
        sum(past_due_amount) as amount,
        count(*) - count(past_due_amount) as unknown_count
    from marts.order_service_summary
    where period_kind = $exceptions_period_kind and past_due_line_count > 0
    group by customer_id
),

quotas as (
    select target_amount - achieved_amount as amount
    from marts.quota_attainment
    inner join last_quota_period on quota_attainment.period_start = last_quota_period.period_start
    where
        period_kind = $exceptions_quota_period_kind
        and product_group = '(all)'
        and not is_team_target
        and achieved_amount < target_amount * $exceptions_attainment_rate
),

territories as (
    select territory_balance.territory_id
    from marts.territory_balance
    inner join last_period on territory_balance.period_start = last_period.period_start
    where
        period_kind = $exceptions_period_kind
        and alignment = 'current'
        and workload_index > $exceptions_workload_index
        and (
            potential_amount is null
            or potential_amount * year_share_rate * (1 - 1 / workload_index) >= $exceptions_smallest_amount
        )
),

lost as (
    select
        lost_sales.product_id,
        sum(lost_sales.lost_amount) as amount,
        count(*) - count(lost_sales.lost_amount) as unknown_count
    from marts.lost_sales
    inner join marts.dim_period
        on
            lost_sales.stockout_date >= dim_period.period_start
            and lost_sales.stockout_date < dim_period.period_end
    inner join last_period on dim_period.period_start = last_period.period_start
    where dim_period.period_kind = $exceptions_period_kind and lost_sales.lost_quantity > 0
    group by lost_sales.product_id
),

aligned as (
    select * from marts.plan_alignment
    where
        period_kind = $exceptions_period_kind
        and period_end > $as_of + 1
        and product_family <> '(all)'
        and market_region = '(all)'
),

stale as (
    select 'sales' as plan_name, sum(coalesce(sales_forecast_amount, consensus_forecast_amount)) as amount
    from aligned
    where sales_forecast_age_days > stale_plan_days
    having count(*) > 0
    union all
    select 'marketing' as plan_name, sum(coalesce(marketing_forecast_amount, consensus_forecast_amount)) as amount
    from aligned
    where marketing_forecast_age_days > stale_plan_days
    having count(*) > 0
    union all
    select 'statistical' as plan_name, sum(coalesce(statistical_forecast_amount, consensus_forecast_amount)) as amount
    from aligned
    where statistical_forecast_age_days > stale_plan_days
    having count(*) > 0
    union all
    select 'production_plan' as plan_name, sum(coalesce(production_plan_amount, consensus_forecast_amount)) as amount
    from aligned
    where production_plan_age_days > stale_plan_days
    having count(*) > 0
    union all
    select 'consensus' as plan_name, sum(consensus_forecast_amount) as amount
    from aligned
    where consensus_forecast_age_days > stale_plan_days
    having count(*) > 0
),

source_rows as (
    select 'unmet demand and shortages' as measure, amount
    from demand
    where amount is null or amount >= $exceptions_smallest_amount
    union all
    select 'stock' as measure, amount
    from stock
    where amount is not null or is_unknown
    union all
    select 'forecast bias' as measure, amount
    from families
    where amount is null or amount >= $exceptions_smallest_amount
    union all
    select 'service' as measure, case when unknown_count = 0 then amount end as amount
    from customers
    where unknown_count > 0 or amount >= $exceptions_smallest_amount
    union all
    select 'past due orders' as measure, case when unknown_count = 0 then amount end as amount
    from past_due
    where unknown_count > 0 or amount >= $exceptions_smallest_amount
    union all
    select 'purchases' as measure, case when unknown_count = 0 then amount end as amount
    from vendors
    where unknown_count > 0 or amount >= $exceptions_smallest_amount
    union all
    select 'lost sales' as measure, case when unknown_count = 0 then amount end as amount
    from lost
    where unknown_count > 0 or amount >= $exceptions_smallest_amount
    union all
    select 'stale plans' as measure, amount
    from stale
    where amount is null or amount >= $exceptions_smallest_amount
    union all
    select 'quotas' as measure, amount
    from quotas
    where amount >= $exceptions_smallest_amount
    union all
    select 'territories' as measure, 0 as amount from territories
    union all
    select 'overloads' as measure, 0 as amount
    from overloads
    inner join told_overloads
        on
            overloads.work_center_id = told_overloads.work_center_id
            and overloads.period_start = told_overloads.period_start
    union all
    select 'quarantine' as measure, 0 as amount
    from marts.data_freshness
    where quarantined_row_count > read_row_count * $exceptions_quarantine_rate
    union all
    select 'late data' as measure, 0 as amount
    from marts.data_freshness
    where days_behind * 24 > allowed_age_hours
),

mart_rows as (
    select
        case
            when exception_type in ('unmet_demand', 'shortage') then 'unmet demand and shortages'
            when exception_type in ('markdown', 'write_down', 'excess', 'aging') then 'stock'
            when exception_type = 'forecast_bias' then 'forecast bias'
            when exception_type = 'service_miss' then 'service'
            when exception_type = 'past_due_orders' then 'past due orders'
            when exception_type = 'purchase_miss' then 'purchases'
            when exception_type = 'quota_miss' then 'quotas'
            when exception_type = 'territory_imbalance' then 'territories'
            when exception_type = 'overload' then 'overloads'
            when exception_type = 'quarantine' then 'quarantine'
            when exception_type = 'late_data' then 'late data'
            when exception_type = 'lost_sales' then 'lost sales'
            when exception_type = 'stale_plan' then 'stale plans'
        end as measure,
        case when exception_type in ('territory_imbalance', 'overload') then 0 else amount end as amount
    from exceptions
    where exception_type not in ('thin_pipeline', 'overdue_opportunities')
),

counted as (
    select measure, count(*) as source_count, coalesce(sum(amount), 0) as source_amount, 0 as mart_count, 0 as mart_amount
    from source_rows
    group by measure
    union all
    select measure, 0 as source_count, 0 as source_amount, count(*) as mart_count, coalesce(sum(amount), 0) as mart_amount
    from mart_rows
    group by measure
),

summed as (
    select
        measure,
        sum(source_count) as source_count,
        sum(mart_count) as mart_count,
        sum(source_amount) as source_amount,
        sum(mart_amount) as mart_amount
    from counted
    group by measure
),

compared as (
    select
        concat(measure, ', count') as measure,
        'as_of' as period_kind,
        $as_of as period_start,
        source_count as source_total,
        mart_count as mart_total
    from summed
    union all
    select
        concat(measure, ', amount') as measure,
        'as_of' as period_kind,
        $as_of as period_start,
        source_amount as source_total,
        mart_amount as mart_total
    from summed
)

select * from compared
