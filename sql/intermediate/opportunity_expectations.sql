-- One row per opportunity that was there by `$as_of` and span of days at whose ends it was expected to close on one day.
with

states as (
    select * from intermediate.opportunity_states
),

changes as (
    select * from intermediate.opportunity_changes
    where field = 'expected_close_date' and is_after_as_of = false
),

-- Of several changes of a day the last one counts.
points as (
    select
        opportunity_id,
        $calendar_first_date as valid_from,
        first_value(old_value order by changed_at asc) as expected_text
    from changes
    group by opportunity_id
    union all
    select
        opportunity_id,
        changed_date as valid_from,
        last_value(new_value order by changed_at asc) as expected_text
    from changes
    group by opportunity_id, changed_date
),

followed as (
    select
        opportunity_id,
        valid_from,
        lead(valid_from) over (partition by opportunity_id order by valid_from asc) as valid_to,
        try_cast(left(expected_text, 10) as date) as expected_close_date
    from points
),

spans as (
    select
        states.opportunity_id,
        coalesce(followed.valid_from, $calendar_first_date) as valid_from,
        coalesce(followed.valid_to, $as_of + 1) as valid_to,
        case
            when followed.valid_to is null then states.expected_close_date
            else followed.expected_close_date
        end as expected_close_date
    from states
    left join followed on states.opportunity_id = followed.opportunity_id
)

select * from spans
