-- One row per opportunity that was changed after `$as_of`: what its changed fields held at the end of that day, as text.
with

later_changes as (
    select * from intermediate.opportunity_changes
    where is_after_as_of
),

first_changes as (
    select
        opportunity_id,
        field,
        min(changed_at) as changed_at
    from later_changes
    group by opportunity_id, field
),

-- Text that is empty stands for no value; NULL says that the field has not been changed.
former as (
    select
        later_changes.opportunity_id,
        later_changes.field,
        coalesce(later_changes.old_value, '') as old_value
    from later_changes
    inner join first_changes
        on
            later_changes.opportunity_id = first_changes.opportunity_id
            and later_changes.field = first_changes.field
            and later_changes.changed_at = first_changes.changed_at
),

by_opportunity as (
    select
        opportunity_id,
        max(case when field = 'customer_id' then old_value end) as customer_id,
        max(case when field = 'salesperson_id' then old_value end) as salesperson_id,
        max(case when field = 'stage' then old_value end) as stage,
        max(case when field = 'amount' then old_value end) as amount,
        max(case when field = 'currency' then old_value end) as currency,
        max(case when field = 'probability_rate' then old_value end) as probability_rate,
        max(case when field = 'expected_close_date' then old_value end) as expected_close_date,
        max(case when field = 'closed_date' then old_value end) as closed_date,
        max(case when field = 'is_won' then old_value end) as is_won,
        max(case when field = 'is_closed' then old_value end) as is_closed
    from former
    group by opportunity_id
)

select * from by_opportunity
