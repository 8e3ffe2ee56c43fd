-- One row per comparison, lag, kind of period, measure and step that has a forecast there: the step before it.
with

items as (
    select * from intermediate.value_added_items
),

steps as (
    select
        step,
        step_number
    from intermediate.value_added_steps
    group by step, step_number
),

-- A step without a single forecast that counts would leave nothing to compare: it is left out.
used as (
    select
        chain_number,
        step_number,
        bool_or(measure = 'quantity' and forecast is not null and actual is not null) as has_quantity,
        bool_or(measure = 'amount' and forecast is not null and actual is not null) as has_amount
    from items
    where may_count
    group by chain_number, step_number
),

measures as (
    select column1 as measure from (values ('quantity'), ('amount'))
),

measured as (
    select
        used.chain_number,
        used.step_number,
        steps.step,
        measures.measure,
        case when measures.measure = 'quantity' then used.has_quantity else used.has_amount end as is_in_chain
    from used
    inner join steps on used.step_number = steps.step_number
    cross join measures
),

ordered as (
    select
        *,
        sum(case when is_in_chain then 1 else 0 end) over (partition by chain_number, measure) as n_steps,
        lag(step_number) over in_order as number_before,
        lag(step) over in_order as step_before
    from measured
    window in_order as (partition by chain_number, measure, is_in_chain order by step_number asc)
),

chained as (
    select
        chain_number,
        measure,
        step_number,
        step,
        is_in_chain,
        n_steps,
        case when is_in_chain then number_before end as previous_number,
        case when is_in_chain then step_before end as previous_step
    from ordered
)

select * from chained
