-- One row per change of a field of an opportunity, with the day on which it was made and whether that is after `$as_of`.
with

history as (
    select * from staging.opportunity_history
),

-- A moment two days ahead in UTC lies after `$as_of` wherever on earth, and may be too far off to be told in local time:
-- it has its day of UTC.
dated as (
    select
        opportunity_id,
        field,
        changed_at,
        case
            when changed_at < $as_of + interval '2 days' then cast(changed_at at time zone $time_zone as date)
            else cast(changed_at as date)
        end as changed_date,
        old_value,
        new_value
    from history
),

compared as (
    select
        *,
        changed_date > $as_of as is_after_as_of
    from dated
)

select * from compared
