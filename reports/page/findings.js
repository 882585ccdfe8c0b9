/* The list of findings. What belongs to one is made when it is opened for the first time. */

function findingFacts(finding) {
	const rule = rules.get(finding.rule);
	const row = (label, ...value) =>
		html('tr', null, html('th', { scope: 'row' }, label), html('td', null, value));
	return html(
		'table',
		{ class: 'facts' },
		html(
			'tbody',
			null,
			rule
				? row(
						'Rule',
						html('strong', null, ruleName(rule.id)),
						` ${words(rule.text)} `,
						html(
							'span',
							{ class: 'quiet' },
							`(${words(rule.source)})`,
						),
					)
				: null,
			row('Expected', words(finding.expected)),
			row('Observed', html('span', { class: 'wrong' }, words(finding.observed))),
			row('Signature', html('code', null, words(finding.signature))),
			finding.known
				? row('Known', html('code', null, words(finding.known)))
				: null,
			row(
				'Replay',
				html(
					'div',
					{ class: 'bar' },
					html('code', { class: 'command' }, words(finding.replay)),
					copyButton('Copy command', words(finding.replay)),
				),
			),
		),
	);
}

/* The trace's text with the line of the diverging op marked. */
function traceText(finding) {
	const diverging = list(finding.steps).find((step) => step.index === finding.op);
	const same = (text) => text.replace(/\s+/g, ' ').trim();
	const lines = words(finding.trace).split('\n');
	const marked =
		diverging && diverging.index >= 0
			? lines
					.map((text) => same(text.replace(/=>.*/, '')))
					.lastIndexOf(same(words(diverging.op).replace(/=>.*/, '')))
			: -1;
	return html(
		'pre',
		null,
		lines.map((text, i) => [i === marked ? html('mark', null, text) : text, '\n']),
	);
}

function findingBody(finding, name, moved) {
	const body = html('div', { class: 'body' });
	body.steps = timeline(finding, name, moved);
	body.append(
		findingFacts(finding),
		body.steps,
		html(
			'details',
			null,
			html('summary', null, 'Trace'),
			html(
				'div',
				{ class: 'bar' },
				copyButton('Copy trace', words(finding.trace)),
				html('code', { class: 'quiet' }, words(finding.trace_file)),
			),
			traceText(finding),
		),
	);
	return body;
}

/* The address names what is open, so that it can be sent to somebody: #finding-3-step-12. */
function remember(name) {
	try {
		history.replaceState(null, '', `#${name}`);
	} catch (error) {
		/* A browser may refuse this to files; the page works without. */
	}
}

function findingItem(finding, number) {
	const name = `finding-${number}`;
	const body = html('div', { id: `${name}-body`, hidden: true });
	const button = html(
		'button',
		{ type: 'button', 'aria-expanded': 'false', 'aria-controls': body.id },
		html('span', { class: 'index' }, words(number)),
		html(
			'span',
			{ class: finding.known ? 'badge known' : 'badge' },
			finding.known ? 'known' : 'new',
		),
		html('span', null, words(finding.kind)),
		html('span', null, ruleName(finding.rule) || '–'),
		html('code', null, words(finding.signature)),
	);
	const item = html('li', { class: 'finding', id: name }, html('h3', null, button), body);

	item.open = (open) => {
		if (open && !body.firstChild)
			body.append(
				findingBody(finding, name, (at) => remember(`${name}-step-${at}`)),
			);
		body.hidden = !open;
		button.setAttribute('aria-expanded', String(open));
		if (open && body.firstChild.steps.shown) body.firstChild.steps.shown();
	};
	item.go = (at) => {
		item.open(true);
		if (body.firstChild.steps.go) body.firstChild.steps.go(at, true);
	};
	item.text = ['kind', 'signature', 'observed']
		.map((key) => words(finding[key]))
		.concat(ruleName(finding.rule), finding.known ? 'known' : 'new')
		.join(' ')
		.toLowerCase();
	button.addEventListener('click', () => {
		item.open(body.hidden);
		if (!body.hidden) remember(name);
	});
	return item;
}

/* Few findings need no search. */
const FILTER_FROM = 6;

function findingTools(items) {
	const count = html('span', { class: 'quiet', role: 'status' });
	const input = html('input', {
		type: 'search',
		id: 'filter',
		oninput: () => {
			const sought = input.value.toLowerCase().split(/\s+/);
			let shown = 0;
			for (const item of items) {
				item.hidden = !sought.every((word) => item.text.includes(word));
				shown += !item.hidden;
			}
			count.textContent =
				shown < items.length ? `${shown} of ${items.length}` : '';
		},
	});
	const all = (label, open) =>
		html(
			'button',
			{
				type: 'button',
				onclick: () =>
					items
						.filter((item) => !item.hidden)
						.forEach((item) => item.open(open)),
			},
			label,
		);
	return html(
		'div',
		{ class: 'bar' },
		items.length < FILTER_FROM
			? null
			: [html('label', { for: 'filter' }, 'Filter'), input, count],
		all('Open all', true),
		all('Close all', false),
	);
}

function findingList() {
	if (!findings.length)
		return heading('found', 'Findings', html('p', null, 'Nothing was found.'));
	const items = findings.map((finding, i) => findingItem(finding, i + 1));
	const follow = () => {
		const asked = /^#finding-(\d+)(?:-step-(\d+))?$/.exec(location.hash);
		const item = asked && items[asked[1] - 1];
		if (!item) return false;
		if (asked[2] === undefined) item.open(true);
		else item.go(Number(asked[2]));
		item.scrollIntoView();
		return true;
	};
	addEventListener('hashchange', follow);
	addEventListener('load', () => {
		if (!follow()) items[0].open(true);
	});
	return heading(
		'found',
		'Findings',
		findingTools(items),
		html('ol', { class: 'findings' }, items),
	);
}

document.getElementById('page').append(
	...[opening(), findingList(), overview(), matrix(), knownTable()].filter(Boolean),
);
