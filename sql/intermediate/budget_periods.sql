-- One row per budgeted family, market region and period: the budget, in planning units and in the reporting currency.
with

budget_rows as (
    select * from intermediate.budget_rows
),

parts as (
    select * from intermediate.budget_parts
),

-- Rounded as running totals, so that the parts of a budget add up to it: quantities to 4 places, money to 2.
spread as (
    select
        budget_rows.product_family,
        budget_rows.market_region,
        parts.period_kind,
        parts.period_start,
        budget_rows.snapshot_date,
        budget_rows.has_no_rate,
        round(budget_rows.quantity * parts.weight_through / parts.weight_of_all, 4)
        - round(budget_rows.quantity * parts.weight_before / parts.weight_of_all, 4) as quantity,
        case
            when parts.weight_through = parts.weight_of_all then budget_rows.amount
            else cast(round(budget_rows.amount * parts.weight_through / parts.weight_of_all, 2) as decimal(18, 4))
        end
        - cast(round(budget_rows.amount * parts.weight_before / parts.weight_of_all, 2) as decimal(18, 4)) as amount
    from budget_rows
    inner join parts
        on
            budget_rows.named_family = parts.named_family
            and budget_rows.version_number = parts.version_number
            and budget_rows.budget_start = parts.budget_start
            and budget_rows.budget_end = parts.budget_end
),

-- A sum of which a part has no rate is not known.
summed as (
    select
        product_family,
        market_region,
        period_kind,
        period_start,
        cast(sum(quantity) as decimal(18, 4)) as budget_quantity,
        cast(case when not bool_or(has_no_rate) then sum(amount) end as decimal(18, 4)) as budget_amount,
        bool_or(has_no_rate) as has_no_rate,
        max(snapshot_date) as snapshot_date
    from spread
    group by product_family, market_region, period_kind, period_start
)

select * from summed
