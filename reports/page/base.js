/* What every part of the page uses: the report, elements, numbers, the clipboard. */
const report = JSON.parse(document.getElementById('data').textContent);

const list = (value) => (Array.isArray(value) ? value : []);
const words = (value) => (value === null || value === undefined ? '' : String(value));

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? '' : value);
	}
	element.append(...children.flat(Infinity).filter((child) => child !== null));
	return element;
}

/* An element with attributes, "on" listeners and children; strings become text, never markup. */
function html(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
	return fill(
		document.createElementNS('http://www.w3.org/2000/svg', tag),
		attributes,
		children,
	);
}

const grouped = (number) => words(number).replace(/\B(?=(\d{3})+$)/g, '\u202f');

function compact(number) {
	for (const [unit, letter] of [
		[1e9, 'G'],
		[1e6, 'M'],
		[1e3, 'k'],
	]) {
		if (number >= unit)
			return (
				(number / unit)
					.toFixed(number < 9.95 * unit ? 1 : 0)
					.replace(/\.0$/, '') + letter
			);
	}
	return words(number);
}

const plural = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

function duration(seconds) {
	const whole = Math.round(seconds);
	if (whole < 120) return `${Math.round(seconds * 10) / 10} s`;
	if (whole < 7200)
		return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
	const minutes = Math.round(whole / 60);
	return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

/* Rules by id; an id with its name. */
const rules = new Map(list(report.rules).map((rule) => [rule.id, rule]));
const ruleName = (id) => (rules.has(id) ? `${id} ${rules.get(id).name}` : words(id));

/* D-2 before D-10. */
function byRule(a, b) {
	const cut = (id) => /^(.*?)-?(\d*)$/.exec(id);
	const [, letterA, numberA] = cut(a);
	const [, letterB, numberB] = cut(b);
	return letterA < letterB ? -1 : letterA > letterB ? 1 : numberA - numberB;
}

/* For screen readers. */
function say(text) {
	document.getElementById('said').textContent = text;
}

/* Old browsers offer no clipboard to files, but copy what is selected. */
function copySelected(text) {
	const area = html('textarea', { class: 'hidden', readonly: true });
	const focused = document.activeElement;
	area.value = text;
	document.body.append(area);
	area.select();
	const copied = document.execCommand('copy');
	area.remove();
	focused.focus();
	return copied;
}

async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch (error) {
		return copySelected(text);
	}
}

function copyButton(label, text) {
	const button = html('button', { type: 'button', class: 'copy' }, label);
	button.addEventListener('click', async () => {
		const done = (await copyText(text)) ? 'Copied' : 'Not copied: select it by hand';
		say(done);
		button.textContent = done;
		setTimeout(() => (button.textContent = label), 1500);
	});
	return button;
}

function heading(id, title, ...content) {
	return html('section', { 'aria-labelledby': id }, html('h2', { id }, title), ...content);
}
