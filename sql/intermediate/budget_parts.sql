-- One row per family as budgets name it, version of its budget, span of days that it budgets, and period it counts in.
with

budget_rows as (
    select * from intermediate.budget_rows
),

sales_days as (
    select * from intermediate.sales_days
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.plan_alignment_period_kinds
),

budgets as (
    select distinct named_family, version_number, budget_start, budget_end
    from budget_rows
),

spans as (
    select distinct budget_start, budget_end
    from budgets
),

span_days as (
    select
        spans.budget_start,
        spans.budget_end,
        sales_days.date,
        case when sales_days.is_working_day then 1 else 0 end as working_day,
        sum(case when sales_days.is_working_day then 1 else 0 end) over whole as working_day_count,
        count(*) over whole as day_count
    from spans
    inner join sales_days
        on
            sales_days.date >= spans.budget_start
            and sales_days.date < spans.budget_end
    window whole as (partition by spans.budget_start, spans.budget_end)
),

-- Where nobody works in all of the span, every day counts.
budget_days as (
    select
        budgets.*,
        span_days.date,
        case when span_days.working_day_count > 0 then span_days.working_day else 1 end as weight,
        case when span_days.working_day_count > 0 then span_days.working_day_count else span_days.day_count end
            as weight_of_all
    from budgets
    inner join span_days
        on
            budgets.budget_start = span_days.budget_start
            and budgets.budget_end = span_days.budget_end
),

-- Of every day the last version that budgets the family counts, and no other: versions are never added up.
last_versions as (
    select
        named_family,
        date,
        max(version_number) as version_number
    from budget_days
    group by named_family, date
),

summed as (
    select
        budget_days.named_family, budget_days.version_number, budget_days.budget_start, budget_days.budget_end,
        period_days.period_kind,
        period_days.period_start,
        sum(budget_days.weight) as weight,
        max(budget_days.weight_of_all) as weight_of_all
    from budget_days
    inner join last_versions
        on
            budget_days.named_family = last_versions.named_family
            and budget_days.date = last_versions.date
            and budget_days.version_number = last_versions.version_number
    inner join period_days on budget_days.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by
        budget_days.named_family, budget_days.version_number, budget_days.budget_start, budget_days.budget_end,
        period_days.period_kind, period_days.period_start
),

-- A period in which no day of the budget is worked has no part of it.
cumulated as (
    select
        named_family, version_number, budget_start, budget_end, period_kind, period_start,
        cast(sum(weight) over to_period - weight as decimal(9, 0)) as weight_before,
        cast(sum(weight) over to_period as decimal(9, 0)) as weight_through,
        cast(weight_of_all as decimal(9, 0)) as weight_of_all
    from summed
    where weight > 0
    window to_period as (
        partition by named_family, version_number, budget_start, budget_end, period_kind
        order by period_start asc
        rows between unbounded preceding and current row
    )
)

select * from cumulated
