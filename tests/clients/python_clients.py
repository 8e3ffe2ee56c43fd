"""What psycopg 3, psycopg2 and SQLAlchemy see of a served set: rows in text and in binary, prepared, and through a cursor
of the server. Takes the URL of the server, and prints what was found as JSON."""

import datetime
import decimal
import json
import sys

import psycopg
import psycopg2
import sqlalchemy

url = sys.argv[1]
found = {}


def plain(value):
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


with psycopg.connect(url) as connection:
    sql = "select work_center_id, month, shift_hours, operations from marts.workshop_hours order by 1, 2"
    text = connection.execute(sql).fetchall()
    binary = connection.cursor(binary=True).execute(sql).fetchall()
    assert text == binary, "text and binary tell different rows"
    found["rows"] = [[plain(value) for value in row] for row in text]
    by_name = "select count(*) from marts.workshop_hours where work_center_id = %s and month >= %s and shift_hours > %s"
    first = text[0]
    counts = []
    for _ in range(7):
        # From the fifth time on psycopg has prepared it.
        counts.append(connection.execute(by_name, (first[0], first[1], decimal.Decimal("0.5"))).fetchone()[0])
    assert len(set(counts)) == 1, counts
    found["prepared"] = counts[0]
    any_of = "select count(*) from marts.workshop_hours where work_center_id = any(%s)"
    found["any"] = connection.execute(any_of, ([first[0], 'no "body", nobody'],)).fetchone()[0]
    quoted = ["A B", "NULL", None, "", 'a,"b"\\', "{}"]
    for binary in (False, True):
        cursor = connection.cursor(binary=binary).execute("select %s::text[], %b::text[]", (quoted, quoted))
        assert cursor.fetchone() == (quoted, quoted), "arrays change on their way"
    with connection.cursor(name="few", binary=True) as cursor:
        cursor.itersize = 3
        cursor.execute(sql)
        found["cursor"] = cursor.fetchmany(2) == text[:2] and cursor.fetchall() == text[2:]
    try:
        connection.execute("delete from marts.workshop_hours")
        found["delete"] = "went through"
    except psycopg.errors.ReadOnlySqlTransaction as error:
        found["delete"] = error.sqlstate
    connection.rollback()
    found["after"] = connection.execute("select 1 + 1").fetchone()[0]

with psycopg2.connect(url) as connection, connection.cursor() as cursor:
    cursor.execute("select work_center_id, month, shift_hours, operations from marts.workshop_hours order by 1, 2")
    found["psycopg2"] = [[plain(value) for value in row] for row in cursor.fetchall()] == found["rows"]

for dialect in ("postgresql+psycopg", "postgresql+psycopg2"):
    engine = sqlalchemy.create_engine(url.replace("postgresql", dialect, 1))
    with engine.connect() as connection:
        hours = sqlalchemy.table("workshop_hours", sqlalchemy.column("shift_hours"), schema="marts")
        total = sqlalchemy.select(sqlalchemy.func.sum(hours.c.shift_hours), sqlalchemy.func.count())
        summed, count = connection.execute(total).one()
    found[dialect] = {
        "tables": sorted(sqlalchemy.inspect(engine).get_table_names(schema="marts")),
        "total": [str(summed), count],
    }

print(json.dumps(found, default=str))
