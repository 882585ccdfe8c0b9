/* Throughput and coverage over time. */
/* At most this many points in a chart: neighbours are taken together. */
const CHART_POINTS = 240;

function progressSeries() {
	const all = list(report.progress).filter(
		(sample, i, samples) => i === 0 || sample.seconds > samples[i - 1].seconds,
	);
	const each = Math.ceil(all.length / CHART_POINTS) || 1;
	return all.filter((sample, i) => i % each === 0 || i === all.length - 1);
}

/* A round number that is not below `value`. */
function roundUp(value) {
	const power = 10 ** Math.floor(Math.log10(value || 1));
	return (
		[1, 1.5, 2, 3, 4, 5, 6, 8, 10]
			.map((step) => step * power)
			.find((step) => step >= value) || 1
	);
}

/* Seconds between two marks of the axis. */
const TIMES = [
	1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400,
];
const CHART = { width: 600, height: 150, left: 48, right: 8, top: 8, bottom: 22 };

function chartAxes(x, y, last, top) {
	const { width, height, left, right, bottom } = CHART;
	const lines = [0, 0.5, 1].map((part) => [
		svg('line', {
			class: 'grid',
			x1: left,
			x2: width - right,
			y1: y(top * part),
			y2: y(top * part),
		}),
		svg(
			'text',
			{ x: left - 6, y: y(top * part) + 4, 'text-anchor': 'end' },
			compact(Math.round(top * part * 10) / 10),
		),
	]);
	const step =
		TIMES.find((seconds) => last / seconds <= 6) || Math.ceil(last / 6 / 86400) * 86400;
	const times = [];
	for (let at = 0; at <= last; at += step)
		times.push(
			svg(
				'text',
				{
					x: x(at),
					y: height - bottom + 16,
					'text-anchor': x(at) + 20 > width ? 'end' : 'middle',
				},
				duration(at),
			),
		);
	return [lines, times];
}

/* Reads single values of a chart: a line and a dot, the value as text. */
function chartReader(points, x, y) {
	const { height, top, bottom } = CHART;
	const value = html('span', { class: 'value' });
	const dot = svg('circle', { r: 3 });
	const line = svg('line', { y1: top, y2: height - bottom });
	const cursor = svg('g', { class: 'cursor', visibility: 'hidden' }, line, dot);
	const reader = { value, cursor, at: -1 };
	reader.read = (index) => {
		const point = points[index];
		reader.at = index;
		cursor.setAttribute('visibility', 'visible');
		cursor.setAttribute('transform', `translate(${x(point.x)} 0)`);
		dot.setAttribute('cy', y(point.y));
		value.textContent = `${grouped(Math.round(point.y))} at ${duration(point.x)}`;
	};
	return reader;
}

function chartMarks(marks, x) {
	const { height, top, bottom } = CHART;
	return marks.map((mark) =>
		svg(
			'line',
			{
				class: 'mark',
				x1: x(mark.x),
				x2: x(mark.x),
				y1: top,
				y2: height - bottom,
			},
			svg('title', null, mark.text),
		),
	);
}

function chartLine(points, x, y) {
	const place = (point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`;
	return svg('polyline', { points: points.map(place).join(' ') });
}

/* A line through `points` ({x: seconds, y}); the arrow keys or the pointer read single values. */
function chart(title, points, last, marks) {
	const { width, height, left, right, top: above, bottom } = CHART;
	const top = roundUp(Math.max(...points.map((point) => point.y), 1));
	const across = width - left - right;
	const x = (seconds) => left + (seconds / last) * across;
	const y = (value) => height - bottom - (value / top) * (height - bottom - above);
	const reader = chartReader(points, x, y);

	function onpointermove(event) {
		const box = event.currentTarget.getBoundingClientRect();
		const along = ((event.clientX - box.left) / box.width) * width - left;
		const far = points.map((point) => Math.abs(point.x - (along / across) * last));
		reader.read(far.indexOf(Math.min(...far)));
	}
	function onkeydown(event) {
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
		if (!step) return;
		event.preventDefault();
		reader.read(Math.min(Math.max(reader.at + step, 0), points.length - 1));
		say(`${title}: ${reader.value.textContent}`);
	}

	const end = grouped(Math.round(points[points.length - 1].y));
	const drawing = svg(
		'svg',
		{
			viewBox: `0 0 ${width} ${height}`,
			class: 'chart',
			role: 'img',
			tabindex: 0,
			onpointermove,
			onkeydown,
			'aria-label':
				`${title} over ${duration(last)}: at the end ${end}; ` +
				'left and right arrow read the values',
		},
		chartAxes(x, y, last, top),
		chartMarks(marks, x),
		chartLine(points, x, y),
		reader.cursor,
	);
	const caption = html('figcaption', null, `${title} `, reader.value);
	return html('figure', null, caption, drawing);
}

function charts() {
	const series = progressSeries();
	const last = series.length ? series[series.length - 1].seconds : 0;
	if (series.length < 2 || last <= 0)
		return html('p', { class: 'quiet' }, 'No progress was recorded.');
	const marks = series
		.slice(1)
		.map((sample, i) => ({
			x: sample.seconds,
			count: sample.findings - series[i].findings,
		}))
		.filter((mark) => mark.count > 0)
		.map((mark) => ({
			x: mark.x,
			text: `${plural(mark.count, 'finding')} at ${duration(mark.x)}`,
		}));
	const rate = series.slice(1).map((sample, i) => ({
		x: sample.seconds,
		y: (sample.traces - series[i].traces) / (sample.seconds - series[i].seconds),
	}));
	const coverage = series.map((sample) => ({ x: sample.seconds, y: sample.coverage }));
	return html(
		'div',
		{ class: 'charts' },
		chart(
			'Traces a second',
			[{ x: series[0].seconds, y: rate[0].y }, ...rate],
			last,
			marks,
		),
		chart('Coverage', coverage, last, marks),
		marks.length
			? html(
					'p',
					{ class: 'quiet' },
					html('span', { class: 'marked' }, '|'),
					' a finding was made',
				)
			: null,
	);
}
