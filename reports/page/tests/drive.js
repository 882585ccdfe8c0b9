/* Does with the page what a reader does, and leaves what went wrong in data-wrong of <html>. */
(() => {
	'use strict';
	const root = document.documentElement;
	const report = JSON.parse(document.getElementById('data').textContent);
	const wrong = [];
	const expect = (good, what) => good || wrong.push(what);
	const all = (selector, from = document) => [...from.querySelectorAll(selector)];
	const press = (element, key) =>
		element.dispatchEvent(
			new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
		);

	/* A line of the body that is too long makes all of it scroll. */
	function fits(when) {
		expect(
			root.scrollWidth <= root.clientWidth,
			`${when}: the body is ${root.scrollWidth} wide`,
		);
		for (const one of all('section, .timeline, .view, .drawing, .chart'))
			expect(
				one.getBoundingClientRect().right <= root.clientWidth,
				`${when}: ${one.className.baseVal || one.className || one.tagName} sticks out`,
			);
	}

	function steps(item, finding) {
		const box = item.querySelector('[role=listbox]');
		const rows = all('[role=option]', box);
		const picture = () => item.querySelector('.drawing').outerHTML;
		const chosen = () =>
			rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
		const diverging = finding.steps.findIndex((step) => step.index === finding.op);
		const button = (text) =>
			all('button', item).find((one) => one.textContent.includes(text));

		expect(rows.length === finding.steps.length, `${rows.length} steps are shown`);
		expect(
			all('.diverges', box).length === 1 && rows[diverging].matches('.diverges'),
			'the diverging step is not marked',
		);
	expect(
		all('.verdict', box)[0].textContent.includes(finding.rule),
		'the diverging step does not name the rule',
	);
		expect(chosen() === diverging, `step ${chosen()} is chosen first`);
		const last = picture();
		press(box, 'ArrowUp');
		expect(chosen() === diverging - 1, 'arrow up does not step back');
		expect(picture() !== last, 'the drawing is the same one step before');
		expect(
			location.hash === `#finding-1-step-${diverging - 1}`,
			`the address is ${location.hash}`,
		);
		expect(
			box.getAttribute('aria-activedescendant') === rows[chosen()].id,
			'the active step is not told',
		);
		press(box, 'Home');
		expect(
			chosen() === 0 && button('Back').disabled,
			'Home does not lead to the first step',
		);
		const first = picture();
		expect(first !== last, 'the drawing never changes');
		button('Next').click();
		expect(chosen() === 1, 'Next does not step');
		press(box, 'End');
		expect(
			chosen() === rows.length - 1 && button('Next').disabled,
			'End does not lead to the last step',
		);
		press(box, 'ArrowUp');
		button('Next').focus();
		button('Next').click();
		expect(document.activeElement === box, 'the focus is lost with the button');
		rows[0].click();
		expect(picture() === first, 'the same step has two drawings');
		button('Divergence').click();
		expect(
			chosen() === diverging && picture() === last,
			'Divergence does not lead back',
		);
		const stale = finding.steps[diverging].state.stale;
		expect(
			all('.view .stale li', item).length === stale.length &&
				stale.every((entry) =>
					item
						.querySelector('.view')
						.textContent.includes(entry.text),
				),
			'stale entries are not told',
		);
		expect(
			getComputedStyle(item.querySelector('.view .stale')).color ===
				getComputedStyle(item.querySelector('.wrong')).color,
			'stale entries are not red',
		);
		expect(
			all('.view .lines li', item).length ===
				finding.steps[diverging].commands.length,
			'commands are missing',
		);
		expect(item.querySelector('pre mark'), 'the line of the trace is not marked');
	}

	function copies(item, finding) {
		let copied = null;
		Object.defineProperty(navigator, 'clipboard', {
			value: {
				writeText: (text) => {
					copied = text;
					return Promise.resolve();
				},
			},
		});
		for (const [label, text] of [
			['Copy command', finding.replay],
			['Copy trace', finding.trace],
		]) {
			all('.copy', item)
				.find((button) => button.textContent === label)
				.click();
			expect(copied === text, `${label} copies something else`);
		}
	}

	function list(items) {
		const filter = document.getElementById('filter');
		if (!filter) return;
		filter.value = 'KNOWN d-5';
		filter.dispatchEvent(new Event('input'));
		expect(
			items.filter((item) => !item.hidden).length ===
				report.findings.filter(
					(one) => one.known && one.rule.startsWith('D-5'),
				).length,
			'the filter finds something else',
		);
		filter.value = '';
		filter.dispatchEvent(new Event('input'));
		expect(
			items.every((item) => !item.hidden),
			'an empty filter hides findings',
		);
		items[1].querySelector('h3 button').click();
		expect(
			items[1].querySelector('h3 button').getAttribute('aria-expanded') ===
				'true' && items[1].querySelector('.timeline'),
			'a finding does not open',
		);
		expect(
			all('.diverges', items[1]).length === 0,
			'a step is marked that the finding does not name',
		);
	}

	function rest() {
		const heads = all('.matrix tbody th').map((head) => head.textContent.split(' ')[0]);
		const order = (id) => id.charCodeAt(0) * 1000 + Number(id.slice(2));
		const cells = report.matrix.rows
			.flatMap((row) => row.counts)
			.filter((count) => count > 0);
		expect(
			heads.every((id, i) => i === 0 || order(heads[i - 1]) < order(id)),
			'rules are not in order',
		);
		expect(
			cells.length && all('.matrix td[title]').length === cells.length,
			'cells of the matrix are missing',
		);
		expect(all('.chart polyline').length === 2, 'a chart is missing');
		const line = document.querySelector('.chart');
		press(line, 'ArrowRight');
		expect(
			line.parentNode.querySelector('.value').textContent,
			'the arrow keys read no value',
		);
		expect(
			all('#page i, #page img, #page b').length === 0,
			'texts of the report became markup',
		);
		for (const one of all('button, input, a, summary, [role=listbox]')) {
			expect(
				one.tabIndex >= 0,
				`${one.outerHTML.slice(0, 60)} cannot be reached by keyboard`,
			);
			expect(
				one.textContent || one.labels || one.getAttribute('aria-label'),
				'something has no name',
			);
		}
	}

	addEventListener('load', () => {
		const loaded =
			performance.timing.loadEventStart - performance.timing.navigationStart;
		const items = all('.finding');
		const dark = matchMedia('(prefers-color-scheme: dark)').matches;
		const [red] = getComputedStyle(document.body).backgroundColor.match(/\d+/);
		try {
			expect(
				items.length === report.findings.length,
				`${items.length} findings are shown`,
			);
			expect(
				items[0].querySelector('.timeline'),
				'the first finding is not open',
			);
			expect(
				red < 128 === dark,
				'the background is not that of the colour scheme',
			);
			fits('at first');
			steps(items[0], report.findings[0]);
			copies(items[0], report.findings[0]);
			list(items);
			rest();
			all('button')
				.find((button) => button.textContent === 'Open all')
				.click();
			all('details').forEach((one) => (one.open = true));
			fits('all open');
		} catch (error) {
			wrong.push(String(error));
		}
		root.dataset.findings = items.length;
		root.dataset.scheme = dark ? 'dark' : 'light';
		root.dataset.loaded = loaded;
		root.dataset.wrong = wrong.join(' | ');
	});
})();
