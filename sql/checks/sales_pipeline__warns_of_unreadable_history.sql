-- Every change whose old or new value cannot be read as one of its field: the field is then not known where it counts.
with

history as (
    select * from staging.opportunity_history
),

unreadable as (
    select
        opportunity_id,
        changed_at,
        field,
        old_value,
        new_value
    from history
    where
        case
            when field in ('amount', 'probability_rate')
                then
                    (old_value is not null and try_cast(old_value as decimal(18, 6)) is null)
                    or (new_value is not null and try_cast(new_value as decimal(18, 6)) is null)
            when field in ('expected_close_date', 'closed_date')
                then
                    (old_value is not null and try_cast(left(old_value, 10) as date) is null)
                    or (new_value is not null and try_cast(left(new_value, 10) as date) is null)
            when field in ('is_won', 'is_closed')
                then
                    (old_value is not null and try_cast(old_value as boolean) is null)
                    or (new_value is not null and try_cast(new_value as boolean) is null)
            else false
        end
)

select * from unreadable
