-- One row per salesperson or territory with a target, product group as targets name it, kind of period and period.
-- Amounts are in the reporting currency. Rows of `(all)` stand beside rows of groups, as the company set both.
with

target_rows as (
    select * from intermediate.sales_target_rows
),

parts as (
    select * from intermediate.sales_target_parts
),

-- Rounded as running totals, so that the parts of a target add up to it: quantities to 4 places, money to 2.
spread as (
    select
        target_rows.target_of,
        target_rows.target_id,
        target_rows.product_group,
        parts.period_kind,
        parts.period_start,
        parts.period_end,
        target_rows.snapshot_date,
        target_rows.has_no_rate,
        parts.weight_through - parts.weight_before < parts.weight_of_all as is_split,
        round(target_rows.quantity * parts.weight_through / parts.weight_of_all, 4)
        - round(target_rows.quantity * parts.weight_before / parts.weight_of_all, 4) as quantity,
        case
            when parts.weight_through = parts.weight_of_all then target_rows.amount
            else cast(round(target_rows.amount * parts.weight_through / parts.weight_of_all, 2) as decimal(18, 4))
        end
        - cast(round(target_rows.amount * parts.weight_before / parts.weight_of_all, 2) as decimal(18, 4)) as amount
    from target_rows
    inner join parts
        on
            target_rows.target_of = parts.target_of
            and target_rows.target_id = parts.target_id
            and target_rows.version_number = parts.version_number
            and target_rows.target_start = parts.target_start
            and target_rows.target_end = parts.target_end
),

-- Targets shorter than the period add up. A sum of which a part has no rate is not known.
summed as (
    select
        target_of,
        target_id,
        product_group,
        period_kind,
        period_start,
        period_end,
        cast(sum(quantity) as decimal(18, 4)) as target_quantity,
        cast(case when count(*) filter (where has_no_rate) = 0 then sum(amount) end as decimal(18, 4)) as target_amount,
        count(*) filter (where has_no_rate) as missing_rate_count,
        max(snapshot_date) as snapshot_date,
        bool_or(is_split) as is_split
    from spread
    group by target_of, target_id, product_group, period_kind, period_start, period_end
)

select * from summed
