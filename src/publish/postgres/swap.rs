//! New tables take the places of those that readers see, with who may read them and what others have built on them.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use crate::publish::postgres::said;
use crate::publish::postgres::table::{literal, quoted};

/// A table that is loaded and waits for its name.
pub struct NewTable<'a> {
    pub name: &'a str,
    pub loaded_as: String,
}

/// How long readers behind us may have to wait for one that is at work on a table. Then they go first, and we ask again.
const LOCK: &str = "set local lock_timeout to '500ms'";

/// How long we ask again before the set is left to the next run.
const PATIENCE: Duration = Duration::from_mins(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(1500);

/// Gives new tables their names, in place of those that bear them, and drops what is no mart any more.
///
/// # Errors
/// When readers leave no moment for it, or something is built on a table that would be lost; all is as it was then.
pub async fn swap(transaction: &mut Transaction<'_>, schema: &str, new: &[NewTable<'_>], gone: &[&str]) -> Result<()> {
    let names: Vec<&str> = new.iter().map(|table| table.name).chain(gone.iter().copied()).collect();
    let old = old_tables(transaction, schema, &names).await?;
    refuse_to_lose(transaction, &old).await?;
    lock(transaction, schema, &old).await?;
    let views = dependent_views(transaction, &old).await?;
    let mut grants = Vec::new();
    for table in &old {
        if let Some(new) = new.iter().find(|new| new.name == table.name) {
            grants.extend(revoke_all(transaction, schema, &new.loaded_as).await?);
            grants.extend(grants_of(transaction, table.oid, &named(schema, &new.loaded_as)).await?);
        }
    }
    let mut statements: Vec<String> = views.iter().rev().map(|view| format!("drop view {}", view.name)).collect();
    statements.extend(old.iter().map(|table| format!("drop table {}", named(schema, &table.name))));
    statements.extend(grants);
    for table in new {
        let rename = format!("alter table {} rename to {}", named(schema, &table.loaded_as), quoted(table.name));
        statements.push(rename);
    }
    transaction.batch_execute(&statements.join(";\n")).await.map_err(said)?;
    for view in &views {
        let made = transaction.batch_execute(&view.make_again.join(";\n")).await.map_err(said);
        if let Err(error) = made {
            return Err(error.context(format!(
                "the view {} does not fit the new marts: change it or drop it, and run again",
                view.name
            )));
        }
    }
    Ok(())
}

fn named(schema: &str, table: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(table))
}

/// A table that readers see.
struct OldTable {
    oid: u32,
    name: String,
}

async fn old_tables(transaction: &Transaction<'_>, schema: &str, names: &[&str]) -> Result<Vec<OldTable>> {
    let select = "select oid, relname::text from pg_class \
                  where relnamespace = $1::text::regnamespace and relname = any($2) and relkind = 'r' order by relname";
    let rows = transaction.query(select, &[&quoted(schema), &names]).await.map_err(said)?;
    Ok(rows.iter().map(|row| OldTable { oid: row.get(0), name: row.get(1) }).collect())
}

/// Rules about who may see which rows, and triggers, would be lost without a word.
async fn refuse_to_lose(transaction: &Transaction<'_>, old: &[OldTable]) -> Result<()> {
    let oids: Vec<u32> = old.iter().map(|table| table.oid).collect();
    let select = "select c.oid::regclass::text, case when c.relrowsecurity then 'row level security' else 'triggers' end \
                  from pg_class c where c.oid = any($1) and (c.relrowsecurity or exists \
                  (select 1 from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)) limit 1";
    if let Some(row) = transaction.query_opt(select, &[&oids]).await.map_err(said)? {
        let (table, what): (&str, &str) = (row.get(0), row.get(1));
        bail!("{table} has {what}, which new tables would not have: put them on a view over it instead");
    }
    Ok(())
}

/// Takes the tables from readers, for the moments until the commit; never keeps readers waiting behind one that is slow.
async fn lock(transaction: &mut Transaction<'_>, schema: &str, old: &[OldTable]) -> Result<()> {
    if old.is_empty() {
        return Ok(());
    }
    let tables: Vec<String> = old.iter().map(|table| named(schema, &table.name)).collect();
    let lock = format!("{LOCK}; lock table {} in access exclusive mode", tables.join(", "));
    let started = Instant::now();
    loop {
        let attempt = transaction.savepoint("swap").await.map_err(said)?;
        match attempt.batch_execute(&lock).await {
            Ok(()) => return attempt.commit().await.map_err(said),
            Err(error) if is_busy(&error) && started.elapsed() < PATIENCE => {
                attempt.rollback().await.map_err(said)?;
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(error) if is_busy(&error) => {
                return Err(
                    said(error).context("readers have been at work on the old tables all the time for five minutes")
                );
            }
            Err(error) => return Err(said(error)),
        }
    }
}

fn is_busy(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// A view that somebody has built on the marts, and what makes it again as it was.
struct View {
    name: String,
    make_again: Vec<String>,
}

/// All views that read old tables, or read views that do; each behind those that it reads.
async fn dependent_views(transaction: &Transaction<'_>, old: &[OldTable]) -> Result<Vec<View>> {
    let oids: Vec<u32> = old.iter().map(|table| table.oid).collect();
    let select = "with recursive dependent(oid, depth) as ( \
            select r.ev_class, 1 from pg_depend d join pg_rewrite r on r.oid = d.objid \
            where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = any($1) \
            union \
            select r.ev_class, v.depth + 1 from dependent v \
            join pg_depend d on d.refobjid = v.oid and d.refclassid = 'pg_class'::regclass and d.classid = 'pg_rewrite'::regclass \
            join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.oid) \
        select c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'v', \
            format('create view %I.%I%s as %s', n.nspname, c.relname, \
                case when c.reloptions is null then '' else ' with (' || array_to_string(c.reloptions, ', ') || ')' end, \
                rtrim(pg_get_viewdef(c.oid), ';')), \
            format('alter view %I.%I owner to %s', n.nspname, c.relname, c.relowner::regrole), \
            obj_description(c.oid, 'pg_class') \
        from (select oid, max(depth) as depth from dependent group by oid) v \
        join pg_class c on c.oid = v.oid join pg_namespace n on n.oid = c.relnamespace order by v.depth, c.oid";
    let mut views = Vec::new();
    for row in transaction.query(select, &[&oids]).await.map_err(said)? {
        let (oid, name): (u32, String) = (row.get(0), row.get(1));
        if !row.get::<_, bool>(2) {
            bail!("{name} is built on the marts and is no plain view: drop it, and build it on a table of your own");
        }
        let mut make_again: Vec<String> = vec![row.get(3), row.get(4)];
        if let Some(comment) = row.get::<_, Option<&str>>(5) {
            make_again.push(format!("comment on view {name} is {}", literal(comment)));
        }
        make_again.extend(grants_of(transaction, oid, &name).await?);
        views.push(View { name, make_again });
    }
    Ok(views)
}

/// What gives a table, under whatever name, the rights that one has, on the whole and on single columns.
async fn grants_of(transaction: &Transaction<'_>, oid: u32, to: &str) -> Result<Vec<String>> {
    let select = "select a.privilege_type, '', a.grantee, a.is_grantable, \
            case when a.grantee = 0 then 'public' else a.grantee::regrole::text end \
        from pg_class c, aclexplode(c.relacl) a where c.oid = $1 and a.grantee <> c.relowner \
        union all \
        select a.privilege_type, format(' (%I)', t.attname), a.grantee, a.is_grantable, \
            case when a.grantee = 0 then 'public' else a.grantee::regrole::text end \
        from pg_class c join pg_attribute t on t.attrelid = c.oid and not t.attisdropped, aclexplode(t.attacl) a \
        where c.oid = $1 and a.grantee <> c.relowner order by 5, 1, 2";
    let rows = transaction.query(select, &[&oid]).await.map_err(said)?;
    let grant = |row: &tokio_postgres::Row| {
        let (privilege, columns, role): (&str, &str, &str) = (row.get(0), row.get(1), row.get(4));
        let option = if row.get(3) { " with grant option" } else { "" };
        format!("grant {privilege}{columns} on {to} to {role}{option}")
    };
    Ok(rows.iter().map(grant).collect())
}

/// What takes away what a new table gives by default, so that it has the rights of the old one and no others.
async fn revoke_all(transaction: &Transaction<'_>, schema: &str, table: &str) -> Result<Vec<String>> {
    let select = "select distinct case when a.grantee = 0 then 'public' else a.grantee::regrole::text end \
        from pg_class c, aclexplode(c.relacl) a \
        where c.relnamespace = $1::text::regnamespace and c.relname = $2 and a.grantee <> c.relowner";
    let rows = transaction.query(select, &[&quoted(schema), &table]).await.map_err(said)?;
    let table = named(schema, table);
    Ok(rows.iter().map(|row| format!("revoke all on {table} from {}", row.get::<_, &str>(0))).collect())
}
