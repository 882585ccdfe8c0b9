/* SPDX-License-Identifier: MIT */
/* Model and QEMU compared: registers, event records, memory; and which op it was. */
#include "peer_state.h"

#include <stdio.h>
#include <string.h>

struct difference {
	bool any;
	int reg;    /* index, -1 */
	int record; /* of the Event queue, -1 */
	bool memory;
	int read; /* index of the action, -1 */
	uint64_t addr;
};

enum { NUM_RECORDS = 1 << DEV_EVTQ_BITS, RECORD_BYTES = 32 };

static const uint8_t *qemu_page(const struct dev_peer *peer, unsigned page)
{
	return qemu_ram(peer->machine) + page * 4096ul;
}

static const uint8_t *model_page(const struct dev_peer *peer, unsigned page)
{
	return dev_model_ram(peer->model) + page * 4096ul;
}

static struct smmu_event record_of(const uint8_t *page, unsigned index)
{
	uint64_t word[4];

	memcpy(word, page + index * RECORD_BYTES, sizeof(word));
	return smmu_event_decode(word);
}

enum { NUM_FIELDS = 13 };

/* The field of two records of one type, by its number, if they differ in it; or else NULL. */
static const char *field_that_differs(const struct smmu_event *a, const struct smmu_event *b,
				      unsigned field)
{
	const struct {
		const char *name;
		bool differs;
	} fields[NUM_FIELDS] = {
		{"sid", a->sid != b->sid},
		{"ssid", a->ssv != b->ssv || a->ssid != b->ssid},
		{"addr", a->input_addr != b->input_addr},
		{"fetch", a->fetch_addr != b->fetch_addr},
		{"ipa", a->ipa != b->ipa},
		{"rnw", a->rnw != b->rnw},
		{"ind", a->ind != b->ind},
		{"pnu", a->pnu != b->pnu},
		{"s2", a->s2 != b->s2},
		{"class", a->fault_class != b->fault_class},
		{"stall", a->stall != b->stall || a->stag != b->stag},
		{"reason", a->reason != b->reason},
		{"reserved", !memcmp(a, b, sizeof(*a))},
	};

	return fields[field].differs ? fields[field].name : NULL;
}

/* What two records differ in: their types; or the field; or, with field NUM_FIELDS, all fields. */
static bool record_finding(const struct dev_peer *peer, unsigned index, unsigned field,
			   struct dev_finding *finding)
{
	struct smmu_event expected = record_of(model_page(peer, DEV_EVTQ_PAGE), index);
	struct smmu_event observed = record_of(qemu_page(peer, DEV_EVTQ_PAGE), index);
	size_t used;
	bool any = expected.type != observed.type;

	*finding = (struct dev_finding){.kind = DEV_FIND_DIFFERS};
	snprintf(finding->op, sizeof(finding->op), "event");
	snprintf(finding->expected, sizeof(finding->expected), "%s",
		 smmu_event_name(expected.type));
	used = (size_t)snprintf(finding->observed, sizeof(finding->observed), "record of %s%s",
				smmu_event_name(observed.type), any ? "" : ":");
	for (unsigned i = 0; i < NUM_FIELDS && expected.type == observed.type; i++) {
		const char *name = field_that_differs(&expected, &observed, i);

		if (!name || (field != NUM_FIELDS && field != i))
			continue;
		any = true;
		used += (size_t)snprintf(finding->observed + used, sizeof(finding->observed) - used,
					 " %s", name);
	}
	return any;
}

/* A record that differs as is known in every field counts as the model's from here on. */
static bool known_record(struct dev_peer *peer, unsigned index)
{
	size_t at = DEV_EVTQ_PAGE * 4096ul + index * RECORD_BYTES;
	struct dev_finding finding;

	for (unsigned field = 0; field < NUM_FIELDS; field++) {
		int known;

		if (!record_finding(peer, index, field, &finding))
			continue;
		known = dev_known_find(peer->known, "qemu", &finding);
		if (known < 0 || !peer->known->entry[known].go_on)
			return false;
	}
	memcpy(qemu_ram(peer->machine) + at, dev_model_ram(peer->model) + at, RECORD_BYTES);
	return true;
}

static void compare_records(struct dev_peer *peer, struct difference *d)
{
	const uint8_t *a = model_page(peer, DEV_EVTQ_PAGE), *b = qemu_page(peer, DEV_EVTQ_PAGE);

	if (!memcmp(a, b, 4096))
		return;
	for (unsigned i = 0; i < NUM_RECORDS && d->record < 0; i++)
		if (memcmp(a + i * RECORD_BYTES, b + i * RECORD_BYTES, RECORD_BYTES) &&
		    !known_record(peer, i))
			d->record = (int)i;
}

static void compare_memory(struct dev_peer *peer, bool all, struct difference *d)
{
	for (unsigned page = 0; page < DEV_RAM_PAGES && !d->memory; page++) {
		const uint8_t *a = model_page(peer, page), *b = qemu_page(peer, page);
		unsigned at = 0;

		if (page == DEV_EVTQ_PAGE || !(all || (peer->dirty[page / 64] >> page % 64 & 1)) ||
		    !memcmp(a, b, 4096))
			continue;
		while (a[at] == b[at])
			at++;
		d->memory = true;
		d->addr = DEV_PAGE(page) + at;
		peer->dirty[page / 64] |= 1ull << page % 64;
	}
}

/*
 * The bits of a register that count: an index has as many as its queue needs, and whether software
 * finds the others again is left open (6.3.26 "LOG2SIZE might affect which bits can be written").
 */
static uint64_t bits_that_count(const struct dev_peer *peer, uint32_t offset)
{
	bool cmdq = offset == SMMU_REG_CMDQ_PROD || offset == SMMU_REG_CMDQ_CONS;
	uint64_t base;

	if (!cmdq && offset != SMMU_REG_EVENTQ_PROD && offset != SMMU_REG_EVENTQ_CONS)
		return ~0ull;
	base = dev_model_reg(peer->model, cmdq ? SMMU_REG_CMDQ_BASE : SMMU_REG_EVENTQ_BASE);
	return ~(uint64_t)SMMU_Q_INDEX | ((2ull << smmu_get(base, SMMU_Q_BASE_LOG2SIZE)) - 1);
}

static bool reg_differs(const struct dev_peer *peer, uint32_t offset, uint64_t theirs,
			uint64_t ours)
{
	return (theirs ^ ours) & bits_that_count(peer, offset);
}

static void compare_reads(struct dev_peer *peer, struct difference *d)
{
	unsigned count;
	const struct dev_action *action = dev_model_actions(peer->model, &count);

	for (unsigned i = 0; i < count && d->read < 0; i++)
		if (action[i].kind == DEV_ACT_READ &&
		    reg_differs(peer, (uint32_t)action[i].addr, peer->read[i], action[i].value))
			d->read = (int)i;
}

static struct difference compare(struct dev_peer *peer, bool all)
{
	struct difference d = {.reg = -1, .record = -1, .read = -1};

	for (unsigned i = 0; i < peer->num_regs && d.reg < 0; i++)
		if (reg_differs(peer, peer_reg_offset(i), peer->reg[i],
				dev_model_reg(peer->model, peer_reg_offset(i))))
			d.reg = (int)i;
	compare_reads(peer, &d);
	compare_records(peer, &d);
	compare_memory(peer, all, &d);
	d.any = d.reg >= 0 || d.record >= 0 || d.read >= 0 || d.memory;
	return d;
}

/* Events that QEMU has and the model has not: their names. */
static void name_events(const struct dev_peer *peer, char *text, size_t size)
{
	unsigned bits = dev_model_reg(peer->model, SMMU_REG_EVENTQ_BASE) & 31;
	uint32_t entries = 1u << (bits < DEV_EVTQ_BITS ? bits : DEV_EVTQ_BITS);
	uint32_t wrap = 2 * entries - 1;
	uint32_t prod = (uint32_t)dev_model_reg(peer->model, SMMU_REG_EVENTQ_PROD);
	uint32_t theirs = (uint32_t)peer->reg[0] & wrap, ours = prod & wrap;
	uint32_t more = (theirs - ours) & wrap, fewer = (ours - theirs) & wrap;

	if ((prod ^ (uint32_t)peer->reg[0]) == SMMU_Q_OVERFLOW)
		snprintf(text, size, prod & SMMU_Q_OVERFLOW ? "no overflow" : "overflow");
	else if (more && more <= 4)
		snprintf(text, size, "event %s",
			 smmu_event_name(
				 record_of(qemu_page(peer, DEV_EVTQ_PAGE), ours % entries).type));
	else if (fewer && fewer <= 4)
		snprintf(text, size, "no event");
	else
		snprintf(text, size, "register EVENTQ_PROD");
}

static void describe(const struct dev_peer *peer, const struct difference *d, char *text,
		     size_t size)
{
	struct dev_finding record;
	unsigned count;
	const char *name;
	size_t used;

	text[0] = '\0';
	if (d->reg == 0) {
		name_events(peer, text, size);
	} else if (d->record >= 0) {
		record_finding(peer, (unsigned)d->record, NUM_FIELDS, &record);
		snprintf(text, size, "%s", record.observed);
	} else if (d->reg > 0) {
		name = dev_reg_name(peer_reg_offset((unsigned)d->reg));
		snprintf(text, size, "register %s", name);
	} else if (d->read >= 0) {
		name = dev_reg_name((uint32_t)dev_model_actions(peer->model, &count)[d->read].addr);
		snprintf(text, size, "register %s", name ? name : "without a name");
	}
	used = strlen(text);
	if (d->memory)
		snprintf(text + used, size - used, "%smemory differs", used ? ", " : "");
}

/* Both sides' values, a line each. */
static void detail(const struct dev_peer *peer, const struct difference *d, char *text, size_t size)
{
	char ours[180] = "", theirs[180] = "";
	uint64_t a, b;

	if (d->record >= 0) {
		struct smmu_event e =
			record_of(model_page(peer, DEV_EVTQ_PAGE), (unsigned)d->record);
		struct smmu_event o =
			record_of(qemu_page(peer, DEV_EVTQ_PAGE), (unsigned)d->record);

		dev_event_format(&e, ours, sizeof(ours));
		dev_event_format(&o, theirs, sizeof(theirs));
	} else if (d->reg >= 0) {
		snprintf(ours, sizeof(ours), "%s = 0x%llx",
			 dev_reg_name(peer_reg_offset((unsigned)d->reg)),
			 (unsigned long long)dev_model_reg(peer->model,
							   peer_reg_offset((unsigned)d->reg)));
		snprintf(theirs, sizeof(theirs), "0x%llx", (unsigned long long)peer->reg[d->reg]);
	} else if (d->memory) {
		uint64_t at = (d->addr & ~7ull) - DEV_RAM_BASE;

		memcpy(&a, dev_model_ram(peer->model) + at, 8);
		memcpy(&b, qemu_ram(peer->machine) + at, 8);
		snprintf(ours, sizeof(ours), "memory at 0x%llx = 0x%llx",
			 (unsigned long long)(d->addr & ~7ull), (unsigned long long)a);
		snprintf(theirs, sizeof(theirs), "0x%llx", (unsigned long long)b);
	}
	snprintf(text, size, "  model:     %s\n  qemu:      %s\n", ours, theirs);
}

/* What the model says of the op, without what differs from trace to trace. */
static void expect(const struct dev_op *op, const struct dev_result *result, char *text,
		   size_t size)
{
	const struct smmu_response *r = &result->response;

	if (op->code != DEV_OP_DMA) {
		dev_result_format(op, result, text, size);
		if (!*text)
			snprintf(text, size, "%s", "as written");
		if (op->code == DEV_OP_READ)
			snprintf(text, size, "%s",
				 dev_reg_name((uint32_t)op->w[0] & 0x3ffff) ? "the register"
									    : "nothing there");
		return;
	}
	if (r->status == SMMU_OK && result->write.status != SMMU_OK)
		r = &result->write;
	if (r->status == SMMU_OK)
		snprintf(text, size, "ok%s", r->bypass ? " bypass" : "");
	else
		dev_response_format(r, text, size);
}

static struct dev_finding found(enum dev_finding_kind kind, const struct dev_op *op, unsigned step,
				const struct dev_result *result, const char *observed)
{
	struct dev_finding finding = {.kind = (uint8_t)kind, .step = (uint16_t)step};

	snprintf(finding.op, sizeof(finding.op), "%s", op ? dev_op_info[op->code].text : "set-up");
	if (op)
		expect(op, result, finding.expected, sizeof(finding.expected));
	else
		snprintf(finding.expected, sizeof(finding.expected), "a working SMMU");
	snprintf(finding.observed, sizeof(finding.observed), "%.120s", observed);
	return finding;
}

static struct dev_finding lost(struct dev_peer *peer, enum qemu_status status,
			       const struct dev_op *op, unsigned step,
			       const struct dev_result *result)
{
	char words[120];
	struct dev_finding finding;

	snprintf(words, sizeof(words), "QEMU %s: %.*s", status == QEMU_HUNG ? "hangs" : "dies",
		 (int)strcspn(qemu_last_words(peer->machine), "\n"),
		 qemu_last_words(peer->machine));
	finding =
		found(status == QEMU_HUNG ? DEV_FIND_HUNG : DEV_FIND_DIED, op, step, result, words);
	CHECK(peer_restart(peer), "QEMU does not start any more");
	return finding;
}

/* The actions of the last step alone, carried out and compared. */
static bool one_step(struct dev_peer *peer, unsigned from, const struct dev_op *op, unsigned step,
		     const struct dev_result *result, bool all, struct dev_finding *finding)
{
	char observed[160];
	struct difference d;
	enum qemu_status status;
	unsigned count;
	const struct dev_action *action = dev_model_actions(peer->model, &count);

	for (unsigned i = from; i < count; i++)
		peer->read[i] = action[i].value;
	if (from == count && op)
		return false;
	peer_emit(peer, from, false);
	status = peer_finish(peer);
	if (status != QEMU_OK) {
		*finding = lost(peer, status, op, step, result);
		return true;
	}
	d = compare(peer, all);
	if (!d.any)
		return false;
	memset(peer->dirty, 0xff, sizeof(peer->dirty));
	describe(peer, &d, observed, sizeof(observed));
	*finding = found(DEV_FIND_DIFFERS, op, step, result, observed);
	detail(peer, &d, finding->detail, sizeof(finding->detail));
	return true;
}

/* Op by op, each compared: all of memory, or the pages that the trace names. */
static struct dev_finding locate(struct dev_peer *peer, const struct dev_trace *trace,
				 bool everywhere)
{
	struct dev_finding finding = {.kind = DEV_NOTHING};
	unsigned from = 0;

	peer->counts.repeated++;
	/* QEMU may have written anywhere. */
	memset(peer->dirty, 0xff, sizeof(peer->dirty));
	CHECK(peer_reset(peer, trace->header.two_level), "QEMU does not start any more");
	dev_model_start(peer->model, &trace->header);
	if (one_step(peer, from, NULL, DEV_SETUP_STEP, NULL, false, &finding))
		return finding;
	for (unsigned i = 0; i < trace->num_ops; i++) {
		struct dev_result result;

		if (!dev_peer_takes(&trace->op[i]))
			continue;
		dev_model_actions(peer->model, &from);
		result = dev_model_step(peer->model, &trace->op[i], i);
		if (dev_model_went_below(peer->model))
			break;
		if (one_step(peer, from, &trace->op[i], i, &result, everywhere, &finding))
			return finding;
	}
	return finding;
}

/* All of it; the index of the op that leaves RAM, or how many there are. */
static unsigned run_model(struct dev_peer *peer, const struct dev_trace *trace, unsigned end)
{
	dev_model_start(peer->model, &trace->header);
	for (unsigned i = 0; i < end; i++) {
		if (!dev_peer_takes(&trace->op[i]))
			continue;
		dev_model_step(peer->model, &trace->op[i], i);
		if (dev_model_went_below(peer->model))
			return i;
	}
	return end;
}

static struct dev_finding judge(struct dev_peer *peer, struct dev_finding finding, int *known)
{
	if (finding.kind == DEV_NOTHING)
		return finding;
	*known = dev_known_find(peer->known, "qemu", &finding);
	if (*known >= 0)
		finding.kind = DEV_NOTHING;
	return finding;
}

struct dev_finding dev_peer_run(struct dev_peer *peer, const struct dev_trace *trace, int *known)
{
	enum qemu_status status;
	unsigned end;
	struct difference d = {0};
	struct dev_finding finding = {.kind = DEV_NOTHING};
	char seen[sizeof(finding.detail)] = "";
	uint64_t met;
	bool sweep = ++peer->counts.traces % PEER_SWEEP_EVERY == 0;

	*known = -1;
	CHECK(peer_reset(peer, trace->header.two_level), "QEMU does not start any more");
	/* The op that leaves RAM has been on the model alone: once more without it. */
	end = run_model(peer, trace, trace->num_ops);
	if (end < trace->num_ops)
		run_model(peer, trace, end);
	peer->counts.steps += end;
	peer_emit(peer, 0, true);
	status = peer_finish(peer);
	if (status != QEMU_OK) {
		CHECK(peer_restart(peer), "QEMU does not start any more");
	} else {
		d = compare(peer, sweep);
		if (!d.any)
			return finding;
		detail(peer, &d, seen, sizeof(seen));
	}
	met = dev_known_hits(peer->known);
	finding = locate(peer, trace, false);
	if (finding.kind == DEV_NOTHING)
		finding = locate(peer, trace, true);
	/* What was written over a record that differs as is known hides how it differs. */
	if (finding.kind == DEV_NOTHING && status == QEMU_OK && dev_known_hits(peer->known) != met)
		return finding;
	if (finding.kind == DEV_NOTHING && status != QEMU_OK)
		finding = found(status == QEMU_HUNG ? DEV_FIND_HUNG : DEV_FIND_DIED, NULL,
				DEV_SETUP_STEP, NULL, "QEMU dies in a batch only");
	/* Once in a while all memory is looked at: an earlier trace wrote where nobody looked. */
	else if (finding.kind == DEV_NOTHING && sweep)
		peer->counts.strays++;
	else if (finding.kind == DEV_NOTHING) {
		finding = found(DEV_FIND_DIFFERS, NULL, DEV_SETUP_STEP, NULL,
				"differs in a batch only");
		memcpy(finding.detail, seen, sizeof(seen));
	}
	return judge(peer, finding, known);
}
