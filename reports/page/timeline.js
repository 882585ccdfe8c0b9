/* A finding's trace, op by op: what the law says beside what was seen, and the state after it. */

/* `null` is the state of the step before; long traces have none at first. */
function statesOf(steps) {
	let last = null;
	return steps.map((step) => (last = step.state || last));
}

const numberOf = (step) => (step.index < 0 ? '–' : words(step.index + 1));

/* None where the finding is of no op: what did not happen again, what was left at the end. */
const divergingStep = (finding, steps) => steps.findIndex((step) => step.index === finding.op);

/* `rule`: what the step breaks; null for a step that does not diverge. */
function stepRow(step, id, rule) {
	const same = step.expected === step.observed;
	const told = (label, value) =>
		html(
			'span',
			{ class: same ? 'result same' : 'result' },
			html('span', { class: 'hidden' }, `; ${label}: `),
			words(value),
		);
	return html(
		'div',
		{
			class: rule !== null ? 'step diverges' : 'step',
			role: 'option',
			id,
			'aria-selected': 'false',
		},
		html('span', { class: 'index' }, numberOf(step)),
		html(
			'span',
			null,
			words(step.words),
			step.index < 0
				? null
				: html('code', null, words(step.op).replace(/\s+/g, ' ')),
		),
		told('expected', step.expected),
		told('observed', step.observed),
		rule !== null
			? html(
					'span',
					{ class: 'verdict' },
					`◀ diverges${rule ? `: ${ruleName(rule)}` : ''}`,
				)
			: null,
	);
}

function listed(title, items) {
	return items.length
		? [
				html('h5', null, title),
				html(
					'ol',
					{ class: 'code lines' },
					items.map((item) => html('li', null, words(item))),
				),
			]
		: html('p', { class: 'quiet' }, `${title}: none`);
}

const changeClass = (sign, fact) =>
	sign === '−' ? 'removed' : fact.startsWith('stale') ? 'wrong' : 'added';

/* Beside the steps: picture, changes, commands and events of one of them. */
function stepView(steps, states, at) {
	const step = steps[at],
		state = states[at];
	const before = at > 0 ? states[at - 1] : null;
	const changed = state && before && state !== before ? changes(state, before) : [];
	return [
		html(
			'h4',
			null,
			`${step.index < 0 ? 'Set-up' : `Step ${numberOf(step)}`}: ${words(step.words)}`,
		),
		state
			? drawing(state, before)
			: html('p', { class: 'quiet' }, 'The state of this step was not recorded.'),
		changed.length
			? html(
					'ul',
					{
						class: 'changes',
						'aria-label': 'What this step changed',
					},
					changed.map(({ sign, fact }) =>
						html(
							'li',
							{ class: changeClass(sign, fact) },
							`${sign} ${fact}`,
						),
					),
				)
			: state && before
				? html('p', { class: 'quiet' }, 'Nothing in this picture changed.')
				: null,
		listed('Commands to the SMMU', list(step.commands)),
		list(step.events).length ? listed('Events', list(step.events)) : null,
	];
}

function scrollInto(box, row) {
	if (row.offsetTop < box.scrollTop) box.scrollTop = row.offsetTop;
	else if (row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight)
		box.scrollTop = row.offsetTop + row.offsetHeight - box.clientHeight;
}

function stepList(finding, steps, diverging, name) {
	const rows = steps.map((step, i) =>
		stepRow(step, `${name}-step-${i}`, i === diverging ? words(finding.rule) : null),
	);
	const label = 'Steps of the trace';
	const box = html('div', {
		class: 'steps',
		role: 'listbox',
		tabindex: 0,
		'aria-label': label,
	});
	box.append(...rows);
	return { box, rows };
}

/* Chooses the row `to`; `from` was chosen before, or is -1. */
function choose({ box, rows }, from, to) {
	if (from >= 0) rows[from].setAttribute('aria-selected', 'false');
	rows[to].setAttribute('aria-selected', 'true');
	box.setAttribute('aria-activedescendant', rows[to].id);
	scrollInto(box, rows[to]);
}

/* Where a key leads from step `at` of `count`; undefined: the key is not for the steps. */
function keyTarget(event, at, count) {
	if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
	return {
		ArrowUp: at - 1,
		ArrowLeft: at - 1,
		ArrowDown: at + 1,
		ArrowRight: at + 1,
		PageUp: at - 10,
		PageDown: at + 10,
		Home: 0,
		End: count - 1,
	}[event.key];
}

function stepHeads() {
	return html(
		'div',
		{ class: 'step head', 'aria-hidden': 'true' },
		html('span'),
		html('span', null, 'operation'),
		html('span', null, 'expected (law)'),
		html('span', null, 'observed (implementation)'),
	);
}

const spoken = (step) => `${numberOf(step)}: ${words(step.words)}; ${words(step.observed)}`;

/* `moved(at)` is told of every step that is chosen. */
function timeline(finding, name, moved) {
	const steps = list(finding.steps);
	const missing = 'No steps were recorded: replay the trace to see them.';
	if (!steps.length) return html('p', { class: 'quiet' }, missing);

	const states = statesOf(steps);
	const diverging = divergingStep(finding, steps);
	const shown = stepList(finding, steps, diverging, name);
	const view = html('div', { class: 'view' });
	const position = html('span', { class: 'quiet' });
	let at = -1;

	function go(to, quietly) {
		const next = Math.min(Math.max(to, 0), steps.length - 1);
		if (next === at) return;
		choose(shown, at, next);
		at = next;
		view.replaceChildren(...stepView(steps, states, at).flat(Infinity).filter(Boolean));
		position.textContent = `${at + 1} of ${steps.length}`;
		const focused = document.activeElement;
		back.disabled = at === 0;
		forward.disabled = at === steps.length - 1;
		/* The keyboard must not be lost with a button. */
		if ([back, forward].includes(focused) && focused.disabled) shown.box.focus();
		if (!quietly) moved(at);
	}
	const button = (label, to) => {
		const onclick = () => {
			go(to());
			say(spoken(steps[at]));
		};
		return html('button', { type: 'button', onclick }, label);
	};
	const back = button('◀ Back', () => at - 1);
	const forward = button('Next ▶', () => at + 1);
	const there = diverging < 0 ? null : button('Divergence', () => diverging);
	shown.box.addEventListener('keydown', (event) => {
		const to = keyTarget(event, at, steps.length);
		if (to === undefined) return;
		event.preventDefault();
		go(to);
	});
	shown.rows.forEach((row, i) => row.addEventListener('click', () => go(i)));

	const hint = html('span', { class: 'quiet keys' }, 'arrow keys step through the list');
	const bar = html('div', { class: 'bar' }, back, forward, there, position, hint);
	const left = html('div', null, bar, stepHeads(), shown.box);
	const whole = html('div', { class: 'timeline' }, left, view);
	go(diverging < 0 ? steps.length - 1 : diverging, true);
	whole.go = go;
	whole.shown = () => scrollInto(shown.box, shown.rows[at]);
	return whole;
}
