/* A state as a picture: devices and partitions, domains with their PASID tables, address spaces. */
const DRAWING = {
	character: 7.3,
	row: 18,
	head: 23,
	pad: 8,
	gap: 14,
	between: 70,
	longest: 34,
	pages: 8,
};

const clip = (text) =>
	text.length > DRAWING.longest ? text.slice(0, DRAWING.longest - 1) + '…' : text;

/* A line of a box. `fact` says it in words on its own: what is compared between steps. */
const line = (text, fact, extra) => ({ text, fact, ...extra });

/* Without an address it is a whole translation tree. */
const staleWhat = (entry) =>
	entry.va ? `${entry.va} ${words(entry.rights)}` : `${words(entry.where)}, all`;
const staleFact = (entry) => `stale: ${words(entry.text)}`;

function deviceBox(state, device) {
	const bonds = list(state.bonds).filter((bond) => bond.device === device.id);
	const stale = list(state.stale).filter((entry) => entry.device === device.id);
	return {
		id: `device ${device.id}`,
		title: device.id,
		kind: 'device',
		absent: device.present === false,
		fact:
			device.present === false
				? `${device.id} is absent`
				: `${device.id} is present`,
		stale: stale.length > 0,
		rows: [
			device.present === false ? line('absent', null) : null,
			device.domain ? null : line('no domain', `${device.id} has no domain`),
			device.vm
				? line(`in VM ${device.vm}`, `${device.id} is in VM ${device.vm}`)
				: null,
			device.sva ? line('SVA on', `SVA is on for ${device.id}`) : null,
			bonds.map((bond) =>
				line(
					`bond ${bond.space}, pasid ${bond.pasid}${bond.vm ? `, ${bond.vm}` : ''}`,
					`bond of ${device.id} and ${bond.space}, pasid ${bond.pasid}`,
					{ bond },
				),
			),
			stale.map((entry) =>
				line(`stale ${staleWhat(entry)}`, staleFact(entry), {
					stale: true,
				}),
			),
		]
			.flat()
			.filter(Boolean),
	};
}

function partitionBox(partition) {
	const spaces = list(partition.spaces);
	return {
		id: `partition ${partition.id}`,
		title: partition.id,
		tag: words(partition.parent) && `of ${partition.parent}`,
		kind: 'partition',
		of: `device ${partition.parent}`,
		fact: `partition ${partition.id} of ${partition.parent}`,
		rows: [
			partition.vm
				? line(
						`in VM ${partition.vm}`,
						`${partition.id} is in VM ${partition.vm}`,
					)
				: null,
			spaces.map((space) =>
				line(`space ${space}`, `${partition.id} has ${space}`, { space }),
			),
		]
			.flat()
			.filter(Boolean),
	};
}

/* A table is a domain's or, on Linux, a group's; its entry leads to a space or to a domain. */
const tableName = (id) => (/^[A-Z]$/.test(id) ? `domain ${id}` : words(id));
const entryTarget = (entry) => words(entry.space) || (entry.domain ? tableName(entry.domain) : '?');

function domainBox(domain) {
	const entries = list(domain.entries),
		name = tableName(domain.id);
	return {
		id: `domain ${domain.id}`,
		title: name,
		tag: words(domain.type),
		kind: 'domain',
		fact: `${name} (${words(domain.type)})`,
		rows: [
			domain.pages
				? line(
						plural(domain.pages, 'private page'),
						`${name} has ${plural(domain.pages, 'private page')}`,
					)
				: null,
			entries.map((entry) =>
				line(
					`pasid ${entry.pasid} → ${entryTarget(entry)}`,
					`entry pasid ${entry.pasid} → ${entryTarget(entry)} in ${name}`,
					{ entry, domain: domain.id },
				),
			),
			domain.truncated ? line('and more', null, { quiet: true }) : null,
			entries.length ? null : line('no PASID entry', null, { quiet: true }),
		]
			.flat()
			.filter(Boolean),
	};
}

function spaceBox(space) {
	const pages = list(space.pages);
	const more = pages.slice(DRAWING.pages);
	const page = ({ va, rights }) => line(`${va} ${rights}`, `${space.id} has ${va} ${rights}`);
	return {
		id: `space ${space.id}`,
		title: space.id,
		tag: list(space.tasks).join(', ') || 'no task',
		kind: 'space',
		fact: `space ${space.id}`,
		rows: [
			line(
				space.pasid ? `pasid ${space.pasid}` : 'no PASID',
				space.pasid ? `${space.id} has pasid ${space.pasid}` : null,
				{ quiet: !space.pasid },
			),
			space.vm
				? line(`in VM ${space.vm}`, `${space.id} is in VM ${space.vm}`)
				: null,
			pages.slice(0, DRAWING.pages).map(page),
			more.length
				? line(`and ${plural(more.length, 'page')} more`, null, {
						quiet: true,
						facts: more.map((one) => page(one).fact),
					})
				: null,
		]
			.flat()
			.filter(Boolean),
		facts: list(space.tasks).map((task) => `${task} is in ${space.id}`),
	};
}

function vmBox(vm) {
	return {
		id: `vm ${vm.id}`,
		title: `VM ${vm.id}`,
		tag: vm.running ? 'running' : 'stopped',
		kind: 'vm',
		fact: `VM ${vm.id} is ${vm.running ? 'running' : 'stopped'}`,
		rows: list(vm.functions).map((one) => {
			const name = typeof one === 'object' && one ? words(one.id) : words(one);
			return line(`function ${name}`, `VM ${vm.id} has function ${name}`);
		}),
	};
}

/* Columns of boxes: who asks, what is looked up, what is found. */
function boxes(state) {
	const devices = list(state.devices).map((device) => deviceBox(state, device));
	const partitions = list(state.partitions).map(partitionBox);
	const under = devices.flatMap((device) => [
		device,
		...partitions.filter((partition) => partition.of === device.id),
	]);
	return [
		[
			...under,
			...partitions.filter((partition) => !under.includes(partition)),
			...list(state.vms).map(vmBox),
		],
		list(state.domains).map(domainBox),
		list(state.spaces).map(spaceBox),
	].filter((column) => column.length);
}

/* All that a state says, as sentences. */
function facts(state) {
	const all = boxes(state)
		.flat()
		.flatMap((box) => [
			box.fact,
			...(box.facts || []),
			...box.rows.flatMap((row) => [row.fact, ...(row.facts || [])]),
		]);
	const attached = list(state.devices)
		.filter((device) => device.domain)
		.map((device) => `${device.id} is in domain ${device.domain}`);
	return new Set([...all, ...attached, ...list(state.stale).map(staleFact)].filter(Boolean));
}

/* Gives every box and row its place; returns the size of the picture. */
function place(columns) {
	let x = 1,
		height = 0;
	for (const column of columns) {
		const length = Math.max(
			...column.map((box) =>
				Math.max(
					box.title.length + (box.tag ? box.tag.length + 2 : 0),
					...box.rows.map((row) => row.text.length + 2),
				),
			),
		);
		const width =
			Math.min(length, DRAWING.longest) * DRAWING.character + 2 * DRAWING.pad;
		let y = 1;
		for (const box of column) {
			box.x = box.of ? x + 10 : x;
			box.y = y;
			box.width = width;
			box.height =
				DRAWING.head +
				box.rows.length * DRAWING.row +
				(box.rows.length ? 4 : 0);
			box.rows.forEach((row, i) => {
				row.y = y + DRAWING.head + i * DRAWING.row + DRAWING.row / 2;
			});
			y += box.height + DRAWING.gap;
		}
		height = Math.max(height, y - DRAWING.gap);
		x += width + (column.some((box) => box.of) ? 10 : 0) + DRAWING.between;
	}
	return { width: Math.max(x - DRAWING.between, 0) + 1, height: height + 1 };
}

function drawBox(box, isNew) {
	return svg(
		'g',
		{
			class: `box ${box.kind}${box.absent ? ' absent' : ''}${box.stale ? ' stale' : ''}`,
		},
		svg('rect', { x: box.x, y: box.y, width: box.width, height: box.height, rx: 3 }),
		svg(
			'text',
			{
				x: box.x + DRAWING.pad,
				y: box.y + 16,
				class: isNew(box.fact) ? 'new' : 'title',
			},
			clip(box.title),
			box.fact ? svg('title', null, box.fact) : null,
		),
		box.tag
			? svg(
					'text',
					{
						x: box.x + box.width - DRAWING.pad,
						y: box.y + 16,
						'text-anchor': 'end',
						class: 'tag',
					},
					clip(box.tag),
				)
			: null,
		box.rows.map((row) =>
			svg(
				'text',
				{
					x: box.x + DRAWING.pad,
					y: row.y + 4,
					class: row.stale
						? 'stale'
						: isNew(row.fact)
							? 'new'
							: row.quiet
								? 'tag'
								: null,
				},
				clip((isNew(row.fact) ? '+ ' : '') + row.text),
				row.fact ? svg('title', null, row.fact) : null,
			),
		),
	);
}

function wire(kind, from, fromY, to, toY, title) {
	const x1 = from.x + from.width,
		x2 = to.x,
		bend = (x2 - x1) / 2;
	return svg(
		'path',
		{
			class: `wire ${kind}`,
			d: `M${x1} ${fromY}C${x1 + bend} ${fromY} ${x2 - bend} ${toY} ${x2} ${toY}`,
		},
		svg('title', null, title),
	);
}

/* The entry that serves a bond: in the domain of bind time, or in the only table that has it. */
function serving(bond, all) {
	const serves = (row) =>
		row.entry && row.entry.pasid === bond.pasid && row.entry.space === bond.space;
	const tables = [...all.values()].filter((box) => box.rows.some(serves));
	const table = bond.domain
		? tables.find((box) => box.id === `domain ${bond.domain}`)
		: tables.length === 1
			? tables[0]
			: null;
	return table ? { table, y: table.rows.find(serves).y } : null;
}

/* Attachments and PASID entries are solid, bonds dashed: to the entry that serves them. */
function wires(state, columns) {
	const all = new Map(columns.flat().map((box) => [box.id, box]));
	const headOf = (box) => box.y + DRAWING.head / 2;
	const drawn = [];
	const connect = (kind, from, y, to, toY, title) => {
		if (from && to)
			drawn.push(wire(kind, from, y, to, toY === null ? headOf(to) : toY, title));
	};
	for (const device of list(state.devices)) {
		const box = all.get(`device ${device.id}`),
			domain = all.get(`domain ${device.domain}`);
		connect(
			'attached',
			box,
			headOf(box),
			domain,
			null,
			`${device.id} is in domain ${device.domain}`,
		);
		for (const row of box.rows.filter((one) => one.bond)) {
			const entry = serving(row.bond, all);
			if (entry) connect('bond', box, row.y, entry.table, entry.y, row.fact);
			else
				connect(
					'bond',
					box,
					row.y,
					all.get(`space ${row.bond.space}`),
					null,
					row.fact,
				);
		}
	}
	for (const box of columns.flat()) {
		for (const row of box.rows.filter((one) => one.entry))
			connect(
				'entry',
				box,
				row.y,
				all.get(`space ${row.entry.space}`),
				null,
				row.fact,
			);
		for (const row of box.rows.filter((one) => one.space))
			connect('bond', box, row.y, all.get(`space ${row.space}`), null, row.fact);
	}
	return drawn;
}

/* The picture of `state`; what was not so in `before` (a state, or null) is marked. */
function drawing(state, before) {
	const columns = boxes(state);
	const said = facts(state),
		earlier = before ? facts(before) : said;
	const isNew = (fact) => Boolean(fact) && !earlier.has(fact);
	const { width, height } = place(columns);
	const stale = list(state.stale);
	return [
		svg(
			'svg',
			{
				class: 'drawing',
				role: 'img',
				viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
				style: `max-width: ${Math.ceil(width)}px`,
				'aria-label': [...said].join('; '),
			},
			wires(state, columns),
			columns.flat().map((box) => drawBox(box, isNew)),
		),
		html(
			'p',
			{ class: 'quiet legend' },
			'Solid: attached, PASID entry. Dashed: bond, space of a partition. +: new.',
		),
		stale.length
			? html(
					'div',
					{ class: 'stale', role: 'note' },
					html('strong', null, 'Stale, hardware may still hold:'),
					html(
						'ul',
						null,
						stale.map((entry) =>
							html('li', null, words(entry.text)),
						),
						state.stale_more
							? html(
									'li',
									null,
									`and ${state.stale_more} more`,
								)
							: null,
					),
				)
			: null,
	];
}

/* What `state` says that `before` did not, and the other way round. */
function changes(state, before) {
	const now = facts(state),
		then = facts(before);
	return [
		...[...then].filter((fact) => !now.has(fact)).map((fact) => ({ sign: '−', fact })),
		...[...now].filter((fact) => !then.has(fact)).map((fact) => ({ sign: '+', fact })),
	];
}
