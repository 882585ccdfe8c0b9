/* SPDX-License-Identifier: MIT */
/*
 * svafuzz-bench-smmu: what one transaction costs in the emulated SMMU with its large caches: a TLB
 * hit, and a CMD_TLBI_NH_VA through the Command queue followed by a walk of four levels; beside
 * them a call that does nothing. One line; exit 1 when a hit did not hit or a walk did not walk.
 */
#include "../../models/smmuv3/regs.h"
#include "../../models/smmuv3/smmuv3.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	ROUNDS = 11,
	CALLS = 200000, /* in a round */
	PAGES = 64,	/* visited in turn */
	QUEUE_LOG2 = 6,
	SID = 8,
	ASID = 5,
};

/* Physical memory from 0, and what is where in it. */
enum {
	STRTAB = 0x1000,
	CD = 0x2000,
	COMMANDS = 0x3000,
	EVENTS = 0x4000,
	TABLES = 0x5000, /* one of each level */
	DATA = 0x100000,
	RAM_BYTES = 0x20000,
};
#define VA 0x7f0000000000ull

struct machine {
	struct smmu *smmu;
	uint32_t produced; /* CMDQ_PROD */
	uint64_t ram[RAM_BYTES / 8];
};

static bool read64(void *ctx, uint64_t pa, uint64_t *value)
{
	const struct machine *machine = ctx;

	if (pa >= RAM_BYTES)
		return false;
	*value = machine->ram[pa / 8];
	return true;
}

static bool write64(void *ctx, uint64_t pa, uint64_t value)
{
	struct machine *machine = ctx;

	if (pa >= RAM_BYTES)
		return false;
	machine->ram[pa / 8] = value;
	return true;
}

static const volatile uint64_t *page(void *ctx, uint64_t pa)
{
	const struct machine *machine = ctx;

	return pa < RAM_BYTES ? &machine->ram[pa / 8] : NULL;
}

static void poke(struct machine *machine, uint64_t pa, uint64_t value)
{
	machine->ram[pa / 8] = value;
}

/* One STE, one CD, four levels of tables, PAGES pages. */
static void build_tables(struct machine *machine)
{
	uint64_t leaf = 3 | SMMU_BIT(6) | SMMU_BIT(10) | SMMU_BIT(11);

	poke(machine, STRTAB + SID * SMMU_STE_BYTES,
	     SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) | CD);
	poke(machine, CD,
	     SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_EPD1 |
		     smmu_put(SMMU_CD0_T0SZ, 16) | smmu_put(SMMU_CD0_IPS, 5) |
		     smmu_put(SMMU_CD0_ASID, ASID));
	poke(machine, CD + 8, TABLES);
	for (unsigned level = 0; level < 3; level++)
		poke(machine, TABLES + level * 0x1000ull + (VA >> (39 - 9 * level) & 511) * 8,
		     (TABLES + (level + 1) * 0x1000ull) | 3);
	for (uint64_t i = 0; i < PAGES; i++)
		poke(machine, TABLES + 0x3000 + i * 8, (DATA + i * 0x1000) | leaf);
}

static struct machine *machine_new(void)
{
	static const struct smmu_profile profile = {
		.sid_bits = 8,
		.ssid_bits = 8,
		.cmdq_bits = QUEUE_LOG2,
		.evtq_bits = QUEUE_LOG2,
		.asid_bits = 16,
		.oas_bits = 48,
		.geometry = SMMU_GEOMETRY_LARGE,
		.cache = SMMU_CACHE_EXACT,
	};
	struct machine *machine = calloc(1, sizeof(*machine));
	struct smmu *smmu = malloc(smmu_sizeof());
	struct smmu_bus bus = {.ctx = machine, .read64 = read64, .write64 = write64, .page = page};

	if (!machine || !smmu) {
		fprintf(stderr, "svafuzz-bench-smmu: out of memory\n");
		exit(EXIT_FAILURE);
	}
	machine->smmu = smmu;
	build_tables(machine);
	smmu_reset(smmu, &profile, &bus);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE, 8, STRTAB);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE_CFG, 4, 4);
	smmu_reg_write(smmu, SMMU_REG_CMDQ_BASE, 8, COMMANDS | QUEUE_LOG2);
	smmu_reg_write(smmu, SMMU_REG_EVENTQ_BASE, 8, EVENTS | QUEUE_LOG2);
	smmu_reg_write(smmu, SMMU_REG_CR0, 4,
		       SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN);
	return machine;
}

static uint64_t va_of(unsigned i)
{
	return VA + (i % PAGES) * 0x1000ull + 8;
}

static bool reaches_its_page(struct machine *machine, unsigned i)
{
	const struct smmu_request request = {.sid = SID, .addr = va_of(i)};

	return smmu_access(machine->smmu, &request).pa == DATA + (i % PAGES) * 0x1000ull + 8;
}

static struct smmu_response nothing(struct smmu *smmu, const struct smmu_request *request)
{
	(void)smmu;
	return (struct smmu_response){.pa = request->addr};
}

/* Each of these makes CALLS calls; false: something else happened than is measured. */

static bool call_nothing(struct machine *machine)
{
	struct smmu_response (*volatile call)(struct smmu *, const struct smmu_request *) = nothing;
	bool right = true;

	for (unsigned i = 0; i < CALLS; i++) {
		const struct smmu_request request = {.sid = SID, .addr = va_of(i)};

		right &= call(machine->smmu, &request).pa == request.addr;
	}
	return right;
}

static bool hit(struct machine *machine)
{
	uint32_t walks = smmu_counters(machine->smmu).walks;
	bool right = true;

	for (unsigned i = 0; i < CALLS; i++)
		right &= reaches_its_page(machine, i);
	return right && smmu_counters(machine->smmu).walks == walks;
}

static void submit(struct machine *machine, struct smmu_command command)
{
	uint64_t entry = COMMANDS + (machine->produced & ((1u << QUEUE_LOG2) - 1)) * SMMU_CMD_BYTES;

	poke(machine, entry, command.word[0]);
	poke(machine, entry + 8, command.word[1]);
	machine->produced = (machine->produced + 1) & ((2u << QUEUE_LOG2) - 1);
	smmu_reg_write(machine->smmu, SMMU_REG_CMDQ_PROD, 4, machine->produced);
}

static bool invalidate_and_walk(struct machine *machine)
{
	struct smmu_counters before = smmu_counters(machine->smmu), after;
	bool right = true;

	for (unsigned i = 0; i < CALLS; i++) {
		submit(machine, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, ASID, va_of(i), true));
		right &= reaches_its_page(machine, i);
	}
	after = smmu_counters(machine->smmu);
	return right && after.walks - before.walks == CALLS &&
	       after.commands - before.commands == CALLS;
}

/* Processor time: what others do on the machine does not count. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_value(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* Median over the rounds of the nanoseconds that one call took; negative: not what was measured. */
static double measure(struct machine *machine, bool (*calls)(struct machine *machine))
{
	double times[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		double start = now();

		if (!calls(machine))
			return -1;
		times[i] = (now() - start) / CALLS;
	}
	qsort(times, ROUNDS, sizeof(times[0]), by_value);
	return times[ROUNDS / 2];
}

int main(void)
{
	struct machine *machine = machine_new();
	double empty, hits, walks;

	for (unsigned i = 0; i < PAGES; i++)
		reaches_its_page(machine, i);
	empty = measure(machine, call_nothing);
	hits = measure(machine, hit);
	walks = measure(machine, invalidate_and_walk);
	if (hits < 0 || walks < 0)
		fprintf(stderr, "svafuzz-bench-smmu: %s\n",
			hits < 0 ? "a TLB hit did not hit"
				 : "an invalidation was not followed by a walk");
	else
		printf("empty call %.1f ns, TLB hit %.1f ns, invalidate + 4-level walk %.1f ns\n",
		       empty, hits, walks);
	free(machine->smmu);
	free(machine);
	return hits < 0 || walks < 0;
}
