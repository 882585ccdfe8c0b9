/* SPDX-License-Identifier: MIT */
/*
 * A bench for unit tests of the model: an SMMU, a little RAM that can abort, and a notebook of
 * what reached the outside (interrupts, ATS invalidations, PRG responses). Include it before anything else.
 */
#ifndef SMMUV3_TESTS_BENCH_H
#define SMMUV3_TESTS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above it. */
#include <cmocka.h>

#include "../command.h"
#include "../regs.h"
#include "../smmu_state.h"

enum {
	BENCH_RAM = 0x40000000,
	BENCH_RAM_BYTES = 0x10000,
	BENCH_CMDQ = BENCH_RAM + 0x1000,
	BENCH_EVTQ = BENCH_RAM + 0x2000,
	BENCH_PRIQ = BENCH_RAM + 0x3000,
	BENCH_QUEUE_LOG2 = 3,
	BENCH_QUEUE_SIZE = 1 << BENCH_QUEUE_LOG2,
	BENCH_MAX_ATC = 16,
	BENCH_MAX_MESSAGES = 8,
	BENCH_MAX_PRG = 8,
};

struct bench_message {
	uint64_t pa;
	uint32_t data;
	uint32_t cons; /* CMDQ_CONS when it was written */
};

struct bench {
	struct smmu *smmu;
	uint64_t ram[BENCH_RAM_BYTES / 8];
	uint64_t abort_lo, abort_hi; /* accesses in here abort */
	unsigned irqs[SMMU_IRQ_COUNT];
	void (*on_irq)(struct bench *bench, enum smmu_irq irq);
	unsigned num_atc;
	struct smmu_atc_inv atc[BENCH_MAX_ATC];
	bool atc_times_out;
	unsigned num_prg;
	struct smmu_prg_response prg[BENCH_MAX_PRG];
	unsigned num_messages;
	struct bench_message message[BENCH_MAX_MESSAGES];
	uint32_t produced; /* CMDQ_PROD as software keeps it */
};

static inline uint64_t *bench_word(struct bench *bench, uint64_t pa)
{
	if (pa % 8 || pa < BENCH_RAM || pa >= BENCH_RAM + BENCH_RAM_BYTES)
		return NULL;
	if (pa >= bench->abort_lo && pa < bench->abort_hi)
		return NULL;
	return &bench->ram[(pa - BENCH_RAM) / 8];
}

static inline bool bench_read64(void *ctx, uint64_t pa, uint64_t *value)
{
	uint64_t *word = bench_word(ctx, pa);

	if (word)
		*value = *word;
	return word;
}

static inline bool bench_write64(void *ctx, uint64_t pa, uint64_t value)
{
	uint64_t *word = bench_word(ctx, pa);

	if (word)
		*word = value;
	return word;
}

static inline bool bench_write32(void *ctx, uint64_t pa, uint32_t value)
{
	struct bench *bench = ctx;
	uint64_t *word = bench_word(bench, pa & ~7ull);
	unsigned shift = pa & 4 ? 32 : 0;

	assert_int_equal(pa % 4, 0);
	if (!word)
		return false;
	*word = (*word & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
	if (bench->num_messages < BENCH_MAX_MESSAGES)
		bench->message[bench->num_messages] =
			(struct bench_message){pa, value, bench->smmu->regs.cmdq_cons};
	bench->num_messages++;
	return true;
}

static inline void bench_irq(void *ctx, enum smmu_irq irq)
{
	struct bench *bench = ctx;

	bench->irqs[irq]++;
	if (bench->on_irq)
		bench->on_irq(bench, irq);
}

static inline bool bench_atc_inv(void *ctx, const struct smmu_atc_inv *inv)
{
	struct bench *bench = ctx;

	if (bench->num_atc < BENCH_MAX_ATC)
		bench->atc[bench->num_atc] = *inv;
	bench->num_atc++;
	return !bench->atc_times_out;
}

static inline void bench_prg_response(void *ctx, const struct smmu_prg_response *response)
{
	struct bench *bench = ctx;

	if (bench->num_prg < BENCH_MAX_PRG)
		bench->prg[bench->num_prg] = *response;
	bench->num_prg++;
}

/* With the worst-case caches, and everything that a profile can offer but stalls, messages and
 * ranges, whose tests switch them on. */
static inline struct smmu_profile bench_profile(void)
{
	return (struct smmu_profile){
		.sid_bits = 8,
		.ssid_bits = 8,
		.cmdq_bits = 8,
		.evtq_bits = 8,
		.asid_bits = 16,
		.oas_bits = 48,
		.two_level_strtab = true,
		.two_level_cd = true,
		.ats = true,
		.hyp = true,
		.cache = SMMU_CACHE_WORST,
	};
}

static inline void bench_reset(struct bench *bench, struct smmu_profile profile)
{
	struct smmu *smmu = bench->smmu;
	struct smmu_bus bus = {
		.ctx = bench,
		.read64 = bench_read64,
		.write64 = bench_write64,
		.write32 = bench_write32,
		.irq = bench_irq,
		.atc_inv = bench_atc_inv,
		.prg_response = bench_prg_response,
	};

	*bench = (struct bench){.smmu = smmu};
	smmu_reset(smmu, &profile, &bus);
}

static inline int bench_setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->smmu = calloc(1, smmu_sizeof());
	bench_reset(bench, bench_profile());
	*state = bench;
	return 0;
}

static inline int bench_teardown(void **state)
{
	struct bench *bench = *state;

	free(bench->smmu);
	free(bench);
	return 0;
}

static inline uint32_t bench_reg(struct bench *bench, uint32_t offset)
{
	return (uint32_t)smmu_reg_read(bench->smmu, offset, 4);
}

static inline void bench_set(struct bench *bench, uint32_t offset, uint64_t value)
{
	smmu_reg_write(bench->smmu, offset, 4, value);
}

static inline void bench_set64(struct bench *bench, uint32_t offset, uint64_t value)
{
	smmu_reg_write(bench->smmu, offset, 8, value);
}

/* Both queues of BENCH_QUEUE_SIZE entries, and the given CR0. */
static inline void bench_enable(struct bench *bench, uint32_t cr0)
{
	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_CMDQ | BENCH_QUEUE_LOG2);
	bench_set64(bench, SMMU_REG_EVENTQ_BASE, BENCH_EVTQ | BENCH_QUEUE_LOG2);
	bench_set(bench, SMMU_REG_CR0, cr0);
}

/* Put a command where PROD points, without telling the SMMU. */
static inline void bench_put(struct bench *bench, struct smmu_command command)
{
	uint32_t index = bench->produced % BENCH_QUEUE_SIZE;

	memcpy(&bench->ram[(BENCH_CMDQ - BENCH_RAM) / 8 + 2 * index], command.word,
	       sizeof(command.word));
	bench->produced = (bench->produced + 1) % (2 * BENCH_QUEUE_SIZE);
}

/* Submit one command; true if it was consumed. */
static inline bool bench_submit(struct bench *bench, struct smmu_command command)
{
	bench_put(bench, command);
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	return (bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX) == bench->produced;
}

static inline unsigned bench_cerror(struct bench *bench)
{
	return (unsigned)smmu_get(bench_reg(bench, SMMU_REG_CMDQ_CONS), SMMU_CMDQ_CONS_ERR);
}

/* Software's half of the handshake of 7.5. */
static inline void bench_acknowledge_errors(struct bench *bench)
{
	bench_set(bench, SMMU_REG_GERRORN, bench_reg(bench, SMMU_REG_GERROR));
}

/* One command past the queue; the worst-case caches remember one only while they hold something. */
static inline uint8_t bench_execute(struct bench *bench, struct smmu_command command)
{
	struct smmu_worst *worst = &bench->smmu->worst;

	worst->num_words = 1;
	worst->word[0] = (struct smmu_held_word){.pa = UINT64_MAX};
	worst->num_pending = 0;
	return smmu_command_execute(bench->smmu, &command).error;
}

/* The only invalidation that comes of a legal command. */
static inline struct smmu_invalidation bench_told(struct bench *bench, struct smmu_command command)
{
	assert_int_equal(bench_execute(bench, command), SMMU_CERROR_NONE);
	assert_int_equal(bench->smmu->worst.num_pending, 1);
	return bench->smmu->worst.pending[0];
}

/* A legal command that neither a cache nor an endpoint hears of. */
static inline void bench_untold(struct bench *bench, struct smmu_command command)
{
	unsigned num_atc = bench->num_atc, num_prg = bench->num_prg;

	assert_int_equal(bench_execute(bench, command), SMMU_CERROR_NONE);
	assert_int_equal(bench->smmu->worst.num_pending, 0);
	assert_int_equal(bench->num_atc, num_atc);
	assert_int_equal(bench->num_prg, num_prg);
}

#endif
