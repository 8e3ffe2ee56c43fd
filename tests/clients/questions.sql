-- One question a line: `serve` answers each as PostgreSQL does over the same set (tests/it/serve_answers.rs).
select count(*) from workshop_hours where month = any (select month from workshop_hours)
select count(*) from workshop_products where family <> all (select family from workshop_products where false)
select count(*) from workshop_products where family = any (select family from workshop_products where product_id = 'TB-120')
select count(*) from workshop_hours where operations > any('{9,10}')
select count(*) from workshop_hours where operations >= all('{9,10}')
select count(*) from workshop_hours where hours = any('{77.92}')
select count(*) from workshop_hours where hours = any('{77.920001}')
select count(*) from workshop_hours where hours >= '255.08001'
select count(*) from workshop_hours where '255.08001' <= hours
select count(*) from workshop_hours where hours between '255.08001' and '1e9'
select count(*) from workshop_hours where hours in ('255.08001', '255.08')
select q.n from (select count(*) as n where false) q
select (select upper(o.name) from workshop_products o where o.product_id = p.product_id) from workshop_products p where product_id = 'TB-120'
select hours::int from workshop_hours order by hours * -1 limit 1
select month::text from workshop_hours order by month limit 1
select count(*) from workshop_hours group by work_center_id order by count desc limit 1
select cardinality(array(select family from workshop_products where false))
select array_length(array(select family from workshop_products), 1)
select count(*) from workshop_products where family <> all('{\NULL}')
select (case when false then interval '1 day' end)
select interval '1 day 2 hours'
select max(family collate "C") from workshop_products where family <> '1' || 't'
select sum(case when operations = any('{15,20}') then 1 else 0 end) from workshop_hours
select 1 union all select 2.5 order by 1
select case when operations > 15 then 1 else 2.5 end from workshop_hours where operations = 15 limit 1
select sum(case when operations > 15 then 0 else hours end) from workshop_hours
select 1e3
select null as x union all select date '2024-01-01' order by 1
select operations from workshop_hours where operations = 15 union all select 10000000000 order by 1 desc limit 1
select count(*) from workshop_hours where hours = 77.92::float8
select count(*) from workshop_hours where hours between 77.92::float8 and 77.92::float8
select count(*) from workshop_hours where hours in (77.92::float8)
select count(*) from workshop_hours where month + interval '12 hours' > timestamp '2026-01-01 06:00:00'
select date '2024-01-01' + interval '12 hours'
select date '2024-03-31' - interval '1 month'
select 2 = any(array[1,null])
select 2 = any('{1,null}'::int[])
select not (2 > any('{1000,NULL}'::int[]))
select count(*) from workshop_hours where not (operations > any('{1000,NULL}'))
select count(*) from workshop_hours where not (hours > any('{1000,NULL}'))
select count(*) from workshop_hours where hours > any('{255.08001,254}')
select count(*) from workshop_hours where hours <> any('{77.92}')
select count(*) from workshop_hours where hours = all('{77.92}')
select (1,null)=(1,null)
select (1,2) < (1,3), (2,1) >= (1,9), (1,2) <> (1,2), (1,null) < (2,null)
select count(*) from workshop_hours where (work_center_id, operations) <= ('CUTTING', 15)
select cast(work_center_id as varchar(3)) from workshop_hours order by 1 limit 1
select -2^2, -(2^2)
select work_center_id, -operations as operations from workshop_hours order by coalesce(operations, 0), work_center_id limit 1
select work_center_id, sum(operations) as operations from workshop_hours group by work_center_id order by sum(operations) desc, 1 limit 1
select work_center_id, sum(operations) as operations from workshop_hours group by work_center_id order by operations desc, abs(sum(operations)) limit 1
select count(*) from workshop_products p where exists (select count(*) from workshop_products q where q.family = 'zz' || p.family)
select count(*) from workshop_products p where not exists (select max(q.family) from workshop_products q where q.family = 'zz' || p.family)
select count(*) from workshop_products p where 0 in (select count(*) from workshop_products q where q.family = 'zz' || p.family)
select count(*) from workshop_products p where 0 = any (select count(*) from workshop_products q where q.family = 'zz' || p.family)
select count(*) from workshop_products p where 8 not in (select count(*) from workshop_products)
select count(*) from workshop_hours a where hours > any (select b.hours from workshop_hours b where b.month = a.month)
select mod(7, 3), ceiling(1.2), every(true), sign(-2)
select to_date('31.03.2026', 'DD.MM.YYYY'), to_timestamp('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') = '2026-01-01'
select count(*) from workshop_hours where month >= to_timestamp('2026-02-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
select to_char(month, 'YYYY-MM') from workshop_hours order by 1 limit 1
select count(*) from workshop_hours where case when operations > 0 then hours end = '255.08001'
select sum(operations) from (select operations from workshop_hours where month = '2026-01-01' union all select 5 ) u
select 'pg_x' like 'pg/_%' escape '/', 'pgxx' like 'pg/_%' escape '/', 'a/b%x' like 'a//b/%%' escape '/', 'a\x_' like 'a\\x_' escape '#', 'a#' like 'a##' escape '#'
select to_char(timestamp '2026-03-07 14:05:09', 'DD Mon YY HH24:MI:SS.US IYYY-IW HH12:MI AM Dy')
select generate_series(1, 3)
select generate_series(5, 1, -2) as n order by n
select array_to_string(array_remove(array[1, 2, 1], 1), ','), array_length(array_remove(array['a', 'b', 'a'], 'a'), 1)
select count(*) from generate_series(1, 10) as numbers(n) where n % 3 = 0
