-- One row per salesperson, product group or `(all)`, kind of period and period with a target or something credited.
with

targets as (
    select * from intermediate.quota_targets
),

sales as (
    select * from intermediate.quota_sales
),

-- `(all)` holds the target that is not broken down, beside it the sum of those that are.
target_values as (
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        target_basis,
        target_snapshot_date,
        target_quantity as own_quantity,
        target_amount as own_amount,
        missing_rate_count as own_missing_count,
        null as groups_quantity,
        null as groups_amount,
        0 as groups_missing_count
    from targets
    union all
    select
        salesperson_id,
        '(all)' as product_group,
        period_kind,
        period_start,
        null as target_basis,
        max(target_snapshot_date) as target_snapshot_date,
        null as own_quantity,
        null as own_amount,
        0 as own_missing_count,
        sum(target_quantity) as groups_quantity,
        case when sum(missing_rate_count) = 0 then sum(target_amount) end as groups_amount,
        sum(missing_rate_count) as groups_missing_count
    from targets
    where product_group <> '(all)'
    group by salesperson_id, period_kind, period_start
),

target_rows as (
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        max(target_basis) as target_basis,
        max(target_snapshot_date) as target_snapshot_date,
        cast(max(own_quantity) as decimal(18, 4)) as own_quantity,
        cast(max(own_amount) as decimal(18, 4)) as own_amount,
        max(own_missing_count) as own_missing_count,
        cast(max(groups_quantity) as decimal(18, 4)) as groups_quantity,
        cast(max(groups_amount) as decimal(18, 4)) as groups_amount,
        max(groups_missing_count) as groups_missing_count
    from target_values
    group by salesperson_id, product_group, period_kind, period_start
),

sale_values as (
    select * from sales
    union all
    select
        salesperson_id,
        '(all)' as product_group,
        period_kind,
        period_start,
        sum(quantity) as quantity,
        min(least_unit) as least_unit,
        max(greatest_unit) as greatest_unit,
        bool_or(has_no_planning_unit) as has_no_planning_unit,
        sum(amount) as amount,
        sum(returned_amount) as returned_amount,
        sum(under_credited_amount) as under_credited_amount,
        sum(over_credited_amount) as over_credited_amount,
        sum(line_count) as line_count,
        sum(missing_rate_count) as missing_rate_count
    from sales
    group by salesperson_id, period_kind, period_start
),

joined as (
    select
        coalesce(target_rows.salesperson_id, sale_values.salesperson_id) as salesperson_id,
        coalesce(target_rows.product_group, sale_values.product_group) as product_group,
        coalesce(target_rows.period_kind, sale_values.period_kind) as period_kind,
        coalesce(target_rows.period_start, sale_values.period_start) as period_start,
        target_rows.target_basis,
        target_rows.target_snapshot_date,
        target_rows.own_quantity,
        target_rows.own_amount,
        target_rows.own_missing_count,
        target_rows.groups_quantity,
        target_rows.groups_amount,
        target_rows.groups_missing_count,
        sale_values.quantity,
        sale_values.least_unit,
        sale_values.greatest_unit,
        sale_values.has_no_planning_unit,
        sale_values.amount,
        sale_values.returned_amount,
        sale_values.under_credited_amount,
        sale_values.over_credited_amount,
        sale_values.line_count,
        sale_values.missing_rate_count
    from target_rows
    full join sale_values
        on
            target_rows.salesperson_id = sale_values.salesperson_id
            and target_rows.product_group = sale_values.product_group
            and target_rows.period_kind = sale_values.period_kind
            and target_rows.period_start = sale_values.period_start
)

select * from joined
