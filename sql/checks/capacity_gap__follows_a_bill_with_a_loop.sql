-- Every loop in the bills of material that a production plan may follow, once, as the way from a product to itself.
with recursive

bill_components as (
    select * from intermediate.plan_bill_components
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct load_basis from marts.capacity_gap
),

components as (
    select distinct
        location_id,
        component_id as product_id
    from bill_components
),

-- Only what is itself a component can be in a loop, and only bills that hold on the same day make one.
walks as (
    select distinct
        components.location_id,
        components.product_id as start_id,
        components.product_id as next_id,
        components.product_id as way,
        concat('/', components.product_id, '/') as visited,
        false as is_back,
        $calendar_first_date as span_start,
        $calendar_last_date + interval '1 day' as span_end
    from components
    inner join bill_components
        on
            components.location_id = bill_components.location_id
            and components.product_id = bill_components.product_id
    left join shown on shown.load_basis = 'production_plan'
    union all
    select
        walks.location_id,
        walks.start_id,
        bill_components.component_id as next_id,
        concat(walks.way, ' > ', bill_components.component_id) as way,
        concat(walks.visited, bill_components.component_id, '/') as visited,
        bill_components.component_id = walks.start_id as is_back,
        greatest(walks.span_start, bill_components.span_start) as span_start,
        least(walks.span_end, bill_components.span_end) as span_end
    from walks
    inner join bill_components
        on
            walks.location_id = bill_components.location_id
            and walks.next_id = bill_components.product_id
    where
        not walks.is_back
        and walks.span_start < bill_components.span_end
        and bill_components.span_start < walks.span_end
        and (
            bill_components.component_id = walks.start_id
            or strpos(walks.visited, concat('/', bill_components.component_id, '/')) = 0
        )
),

-- A loop that lasts over several spans of days is one.
returned as (
    select distinct
        location_id,
        start_id,
        way,
        visited
    from walks
    where is_back
),

-- A loop of three comes back to each of the three; the first in order stands for it.
loops as (
    select
        returned.location_id,
        returned.start_id as product_id,
        returned.way as loop
    from returned
    left join returned as earlier
        on
            returned.location_id = earlier.location_id
            and earlier.start_id < returned.start_id
            and strpos(returned.visited, concat('/', earlier.start_id, '/')) > 0
    where earlier.start_id is null
)

select * from loops
