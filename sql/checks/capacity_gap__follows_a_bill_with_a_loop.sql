-- Every loop in the bills of material that a production plan follows, once, as the way from a product to itself.
with recursive

bill_components as (
    select distinct
        location_id,
        product_id,
        component_id
    from intermediate.plan_bill_components
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct load_basis from marts.capacity_gap
),

-- Only what is itself a component can be in a loop. A walk ends where it meets a product again.
walks as (
    select distinct
        parents.location_id,
        parents.product_id as start_id,
        parents.product_id as next_id,
        parents.product_id as way,
        concat('/', parents.product_id, '/') as visited,
        false as is_back
    from bill_components as parents
    inner join bill_components as children
        on
            parents.location_id = children.location_id
            and parents.product_id = children.component_id
    left join shown on shown.load_basis = 'production_plan'
    union all
    select
        walks.location_id,
        walks.start_id,
        bill_components.component_id as next_id,
        concat(walks.way, ' > ', bill_components.component_id) as way,
        concat(walks.visited, bill_components.component_id, '/') as visited,
        bill_components.component_id = walks.start_id as is_back
    from walks
    inner join bill_components
        on
            walks.location_id = bill_components.location_id
            and walks.next_id = bill_components.product_id
    where
        not walks.is_back
        and (
            bill_components.component_id = walks.start_id
            or strpos(walks.visited, concat('/', bill_components.component_id, '/')) = 0
        )
),

returned as (
    select
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
