/* What ran, the head of the page, known divergences. */
const campaign = report.campaign || {};
const findings = list(report.findings);
const fresh = findings.filter((finding) => !finding.known);

const campaignRows = [
	['name', 'Campaign'],
	['started', 'Started'],
	['driver', 'Driver'],
	['smmu', 'SMMU'],
	['policy', 'Policy'],
	['cache', 'Caches'],
	['fault', 'Planted fault'],
	['engine', 'Engine'],
	['jobs', 'Jobs'],
	['seed', 'Seed'],
	['seeds', 'Seed traces'],
	['seconds', 'Duration'],
	['traces', 'Traces'],
	['coverage', 'Coverage'],
	['corpus', 'Corpus'],
	['commit', 'Commit'],
];
const campaignTold = new Set(['driver_version', 'traces_per_second', 'interrupted', 'versions']);

function campaignValue(name, value) {
	switch (name) {
		case 'driver':
			return campaign.driver_version
				? `${value}, ${campaign.driver_version}`
				: value;
		case 'seconds':
			return duration(value) + (campaign.interrupted ? ', interrupted' : '');
		case 'traces':
			return (
				grouped(value) +
				(campaign.traces_per_second
					? `, ${grouped(campaign.traces_per_second)} a second`
					: '')
			);
		case 'coverage':
		case 'corpus':
		case 'seeds':
			return grouped(value);
		default:
			return words(value);
	}
}

/* Members that this page does not know are shown under their own name. */
function campaignTable() {
	const known = new Set(campaignRows.map(([name]) => name));
	const others = Object.keys(campaign)
		.filter(
			(name) =>
				!known.has(name) &&
				!campaignTold.has(name) &&
				typeof campaign[name] !== 'object',
		)
		.map((name) => [name, name.replace(/_/g, ' ')]);
	const rows = [...campaignRows, ...others]
		.filter(([name]) => words(campaign[name]) !== '')
		.map(([name, label]) => [label, campaignValue(name, campaign[name])])
		.concat(Object.entries(campaign.versions || {}).filter(([, value]) => value));
	return html(
		'table',
		{ class: 'facts' },
		html(
			'tbody',
			null,
			rows.map(([label, value]) =>
				html(
					'tr',
					null,
					html('th', { scope: 'row' }, label),
					html('td', null, words(value)),
				),
			),
		),
	);
}

function overview() {
	return html(
		'div',
		{ class: 'overview' },
		heading('ran', 'What ran', campaignTable()),
		heading('time', 'Over time', charts()),
	);
}

function opening() {
	const met = findings.length - fresh.length;
	const found = !findings.length
		? 'Nothing was found'
		: plural(fresh.length, 'new finding') + (met ? `, ${met} known` : '');
	const told = [
		`${found}: ${plural(campaign.traces || 0, 'trace')} in ${duration(campaign.seconds || 0)}.`,
	];
	if (campaign.fault) told.push(`The driver ran with the planted fault ${campaign.fault}.`);
	if (campaign.interrupted) told.push('The campaign was interrupted.');
	return html(
		'header',
		null,
		html('h1', null, `svafuzz: ${words(campaign.driver)} on ${words(campaign.smmu)}`),
		html('p', null, told.join(' ')),
		html(
			'nav',
			{ 'aria-label': 'Parts of this page' },
			[
				['found', 'Findings'],
				['ran', 'What ran'],
				['time', 'Over time'],
				['matrix', 'Rules and operations'],
			].map(([id, name]) => html('a', { href: `#${id}` }, name)),
		),
	);
}

function knownTable() {
	const known = list(report.known);
	if (!known.length) return null;
	return heading(
		'known',
		'Known divergences that were met',
		html(
			'table',
			{ class: 'plain' },
			html(
				'thead',
				null,
				html(
					'tr',
					null,
					html('th', { scope: 'col' }, 'trace'),
					html('th', { scope: 'col', class: 'number' }, 'hits'),
				),
			),
			html(
				'tbody',
				null,
				known.map((one) =>
					html(
						'tr',
						null,
						html('td', { class: 'code' }, words(one.trace)),
						html('td', { class: 'number' }, grouped(one.hits)),
					),
				),
			),
		),
	);
}
