-- One row per comparison, lag, kind of period, measure and step that has a forecast there: the step before it.
with

items as (
    select * from intermediate.value_added_items
),

steps as (
    select
        comparison_number,
        step,
        step_number
    from intermediate.value_added_steps
    group by comparison_number, step, step_number
),

-- A step without a single forecast that counts would leave nothing to compare: it is left out.
used as (
    select
        comparison_number,
        lag,
        period_kind,
        step,
        bool_or(measure = 'quantity') as has_quantity,
        bool_or(measure = 'amount') as has_amount
    from items
    where is_usable
    group by comparison_number, lag, period_kind, step
),

measures as (
    select column1 as measure from (values ('quantity'), ('amount'))
),

measured as (
    select
        used.comparison_number,
        used.lag,
        used.period_kind,
        used.step,
        steps.step_number,
        measures.measure,
        case when measures.measure = 'quantity' then used.has_quantity else used.has_amount end as is_in_chain
    from used
    inner join steps
        on
            used.comparison_number = steps.comparison_number
            and used.step = steps.step
    cross join measures
),

ordered as (
    select
        *,
        sum(case when is_in_chain then 1 else 0 end) over chain as n_steps,
        lag(step) over (
            partition by comparison_number, lag, period_kind, measure, is_in_chain
            order by step_number asc
        ) as step_before
    from measured
    window chain as (partition by comparison_number, lag, period_kind, measure)
),

chained as (
    select
        comparison_number,
        lag,
        period_kind,
        measure,
        step,
        step_number,
        is_in_chain,
        n_steps,
        case when is_in_chain then step_before end as previous_step
    from ordered
)

select * from chained
