// Freshness and quality of the data: what is late, what is in quarantine, what does not reconcile.

function quality() {
  return section('quality', 'Data', 'What all of this rests on: what is late, what was quarantined, what does not reconcile.', freshness(), reconciled());
}

function freshness() {
  const title = 'Extracts';
  const gone = nothing('freshness');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('freshness');
  const late = rows.filter((row) => row.is_late);
  const broken = rows.filter((row) => row.quarantined_row_count > 0);
  const of = `of ${plural(rows.length, 'extract', 'extracts')}, as of ${date(SET.as_of)}`;
  const what = (row) => row.is_late ? '▲ Late' : row.quarantined_row_count > 0 ? '◆ Quarantine' : '✓ In order';
  const noted = rows.filter((row) => row.is_late || row.quarantined_row_count > 0);
  const columns = [
    { label: 'Extract', text: true, key: 'extract' },
    { label: 'State', text: true, show: what, define: 'data_freshness.is_late' },
    { label: 'Reaches to', text: true, show: (row) => date(row.covered_to_date), define: 'data_freshness.covered_to_date' },
    { label: 'Days behind', show: (row) => count(row.days_behind), define: 'data_freshness.days_behind' },
    { label: 'Records read', show: (row) => count(row.read_row_count), define: 'data_freshness.read_row_count' },
    { label: 'In quarantine', show: (row) => count(row.quarantined_row_count), define: 'data_freshness.quarantined_row_count' },
    { label: 'Share', show: (row) => percent(row.quarantined_rate), define: 'data_freshness.quarantined_rate' },
  ];
  return block(title, null,
    figures(
      figure({ label: 'Late', value: count(late.length), of, define: 'data_freshness.is_late' }),
      figure({ label: 'With quarantined records', value: count(broken.length), of, define: 'data_freshness.quarantined_row_count' }),
      figure({ label: 'Records in quarantine', value: count(sum(rows, 'quarantined_row_count')), of: `of ${count(sum(rows, 'read_row_count'))} read, as of ${date(SET.as_of)}`, define: 'data_freshness.quarantined_row_count' })),
    unfiltered(notFiltered('freshness')),
    noted.length ? table({ caption: 'Extracts that are late or have records in quarantine', rows: noted, limit: 15, columns, more: 'sopmart quarantine shows the records, with file, line and rule.' }) : note('No extract is late, and none has records in quarantine.'),
    unfold('extracts', `All ${rows.length} extracts`, () => table({ caption: 'All extracts', rows, columns })));
}

function reconciled() {
  const title = 'Reconciliation';
  const gone = nothing('reconciliation');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('reconciliation');
  const [compared, differing] = [sum(rows, 'compared_count'), sum(rows, 'differing_count')];
  const differences = allRows('reconciliation_differences');
  return block(title, 'Totals of marts, made anew from their sources.',
    figures(
      figure({ label: 'Totals compared', value: count(compared), of: `in ${plural(rows.length, 'mart', 'marts')}`, define: 'reconciliation.mart_total' }),
      figure({ label: 'That differ', value: count(differing), of: differing ? 'see below' : 'all agree', define: 'reconciliation.difference' })),
    differences.length ? table({
      caption: 'Totals that differ from their source', rows: differences,
      columns: [
        { label: 'Mart', text: true, key: 'mart' }, { label: 'Measure', text: true, show: (row) => words(row.measure) }, { label: 'Period', text: true, key: 'period' },
        { label: 'Source', show: (row) => quantity(row.source_total), define: 'reconciliation.source_total' },
        { label: 'Mart', show: (row) => quantity(row.mart_total), define: 'reconciliation.mart_total' },
        { label: 'Difference', show: (row) => quantity(row.difference), define: 'reconciliation.difference' },
      ],
    }) : null,
    unfold('reconciliation', 'Totals by mart', () => table({
      caption: 'Totals compared, by mart', rows,
      columns: [{ label: 'Mart', text: true, key: 'mart' }, { label: 'Compared', show: (row) => count(row.compared_count) }, { label: 'Differing', show: (row) => count(row.differing_count) }],
    })));
}
