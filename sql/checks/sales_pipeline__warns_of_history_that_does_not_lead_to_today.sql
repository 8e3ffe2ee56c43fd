-- Every opportunity whose last change of a field ends in another value than the field has: its earlier states are doubtful.
with

opportunities as (
    select * from staging.opportunities
),

history as (
    select * from staging.opportunity_history
),

last_moments as (
    select
        opportunity_id,
        field,
        max(changed_at) as changed_at
    from history
    group by opportunity_id, field
),

last_changes as (
    select
        history.opportunity_id,
        history.field,
        history.changed_at,
        history.new_value
    from history
    inner join last_moments
        on
            history.opportunity_id = last_moments.opportunity_id
            and history.field = last_moments.field
            and history.changed_at = last_moments.changed_at
),

compared as (
    select
        last_changes.opportunity_id,
        last_changes.field,
        last_changes.changed_at,
        last_changes.new_value,
        case last_changes.field
            when 'stage' then opportunities.stage
            when 'salesperson_id' then opportunities.salesperson_id
            when 'customer_id' then opportunities.customer_id
            when 'currency' then opportunities.currency
            when 'expected_close_date' then cast(opportunities.expected_close_date as varchar)
        end as value_today
    from last_changes
    inner join opportunities on last_changes.opportunity_id = opportunities.opportunity_id
    where last_changes.field in ('stage', 'salesperson_id', 'customer_id', 'currency', 'expected_close_date')
),

different as (
    select * from compared
    where
        case
            when field = 'expected_close_date' then coalesce(left(new_value, 10), '') <> coalesce(value_today, '')
            else coalesce(new_value, '') <> coalesce(value_today, '')
        end
)

select * from different
