/* Which rules decided which operations: a cell a pair, darker where it happened more often. */
const HEAT_LEVELS = 5;

function heat(count, most) {
	if (count <= 0) return null;
	return 1 + Math.floor((Math.log(count) / Math.log(most + 1)) * HEAT_LEVELS);
}

function matrixRow(row, columns, most) {
	const rule = rules.get(row.rule);
	const cells = columns.map(({ name, index }) => {
		const count = row.counts[index] || 0;
		if (!count) return html('td');
		return html(
			'td',
			{
				class: `heat${heat(count, most)}`,
				title: `${ruleName(row.rule)}, ${name}: ${grouped(count)}`,
			},
			compact(count),
		);
	});
	return html(
		'tr',
		null,
		html(
			'th',
			{ scope: 'row', title: rule ? `${rule.text} (${rule.source})` : null },
			ruleName(row.rule),
		),
		cells,
	);
}

/* Names that would be empty columns or rows, in one line. */
function matrixAbsent(label, names) {
	return names.length
		? html(
				'details',
				null,
				html('summary', null, `${label}: ${names.length}`),
				html('p', { class: 'code' }, names.join(', ')),
			)
		: null;
}

function matrixTable(rows, columns) {
	const most = Math.max(1, ...rows.flatMap((row) => row.counts));
	const heads = columns.map(({ name }) =>
		html('th', { scope: 'col' }, html('span', null, name)),
	);
	return html(
		'table',
		{ class: 'matrix' },
		html('thead', null, html('tr', null, html('td'), heads)),
		html(
			'tbody',
			null,
			rows.map((row) => matrixRow(row, columns, most)),
		),
	);
}

function matrix() {
	const { ops, rows, inputs } = { ops: [], rows: [], inputs: 0, ...report.matrix };
	const all = list(ops).map((name, index) => ({ name, index }));
	const sorted = list(rows)
		.map((row) => ({ rule: words(row.rule), counts: list(row.counts) }))
		.sort((a, b) => byRule(a.rule, b.rule));
	const met = sorted.filter((row) => row.counts.some((count) => count > 0));
	const columns = all.filter(({ index }) => met.some((row) => row.counts[index] > 0));
	const title = 'Rules and operations';
	if (!met.length) {
		const none = 'No inputs were replayed to count this.';
		return heading('matrix', title, html('p', { class: 'quiet' }, none));
	}
	const unmet = sorted.filter((row) => !met.includes(row)).map((row) => ruleName(row.rule));
	const unused = all.filter((op) => !columns.includes(op)).map((op) => op.name);
	return heading(
		'matrix',
		title,
		html(
			'p',
			null,
			'How often each rule was exercised by each operation, ' +
				`in ${plural(inputs, 'input')} of the campaign’s corpus.`,
		),
		html(
			'div',
			{
				class: 'scroll',
				tabindex: 0,
				role: 'region',
				'aria-labelledby': 'matrix',
			},
			matrixTable(met, columns),
		),
		matrixAbsent('Rules that no operation exercised', unmet),
		matrixAbsent('Operations that exercised no rule', unused),
	);
}
