// What node-postgres sees of a served set: rows, parameters, a named statement, and an error's code. Ends with 1 where
// something is not as it should be.
import assert from 'node:assert/strict'
import pg from 'pg'

const client = new pg.Client({ connectionString: process.argv[2] })
await client.connect()
const sql = 'select work_center_id, month, shift_hours, operations from marts.workshop_hours order by 1, 2'
const text = await client.query(sql)
assert.ok(text.rows.length > 0)
assert.deepEqual(text.fields.map((field) => field.name), ['work_center_id', 'month', 'shift_hours', 'operations'])
const first = text.rows[0].work_center_id
for (let time = 0; time < 3; time += 1) {
  const named = { name: 'by center', text: 'select count(*) as n from marts.workshop_hours where work_center_id = $1', values: [first] }
  const counted = await client.query(named)
  assert.equal(Number(counted.rows[0].n), text.rows.filter((row) => row.work_center_id === first).length)
}
const any = await client.query('select count(*) from marts.workshop_hours where work_center_id = any($1)', [[first, 'no "body", nobody']])
assert.equal(Number(any.rows[0].count), text.rows.filter((row) => row.work_center_id === first).length)
const quoted = ['A B', 'NULL', null, '', 'a,"b"\\', '{}']
const [{ same, place }] = (await client.query('select $1::text[] as same, array_position($1::text[], $2) as place', [quoted, 'a,"b"\\'])).rows
assert.deepEqual(same, quoted)
assert.equal(Number(place), 5)
await assert.rejects(client.query('drop table marts.workshop_hours'), { code: '25006' })
assert.equal((await client.query('select 1 + 1 as two')).rows[0].two, '2')
await client.end()
console.log('node-postgres: as it should be')
