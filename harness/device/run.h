/* SPDX-License-Identifier: MIT */
/*
 * A trace on the model. What an op does to memory, registers and devices is also written down as
 * actions: another SMMU that is given the same actions has been given the same trace.
 */
#ifndef SVAFUZZ_DEVICE_RUN_H
#define SVAFUZZ_DEVICE_RUN_H

#include "../../models/smmuv3/worst.h"
#include "device.h"

struct dev_model; /* model.c */

enum { DEV_MAX_OUTCOMES = 16 };

/* StreamIDs whose endpoints never complete an ATC invalidation (3.9.1.4). */
enum { DEV_SILENT_SID = 0xc0 };
/* StreamIDs from here on are declared to the worst-case caches. */
enum { DEV_FIRST_SID = 8, DEV_NUM_SIDS = 8 };

enum { DEV_WRITE, DEV_READ_DIR, DEV_EXEC, DEV_UPDATE };

/* What an op has shown; which members count follows from the op. */
struct dev_result {
	struct smmu_response response; /* traffic */
	struct smmu_response write;    /* `update`: of the write that follows the read */
	uint64_t value;		       /* read, load */
	bool found;		       /* there was something to pop; the request was queued */
	uint8_t command;	       /* enum dev_command */
	uint8_t answer;		       /* enum smmu_stall_answer */
	uint8_t irqs;		       /* set of enum smmu_irq */
	struct smmu_event event;
	struct smmu_page_request page_request;
	struct smmu_atc_inv invalidation;
	struct smmu_prg_response prg_response;
	unsigned num_outcomes;
	struct smmu_outcome outcome[DEV_MAX_OUTCOMES]; /* possible */
};
enum dev_command {
	DEV_COMMAND_DONE,
	DEV_COMMAND_HELD,    /* CMDQ_PROD does not know of it yet */
	DEV_COMMAND_WAITING, /* the queue does not run */
	DEV_COMMAND_FULL,    /* there was no room: not written */
	DEV_COMMAND_ILL,     /* CERROR_* */
	DEV_COMMAND_ABT,
	DEV_COMMAND_ATC_INV_SYNC,
};
/* As words with single blanks: what pins are compared with. */
size_t dev_result_format(const struct dev_op *op, const struct dev_result *result, char *buffer,
			 size_t size);
/* The same for one response: "ok p512", "abort F_TRANSLATION s1_desc_invalid". */
size_t dev_response_format(const struct smmu_response *response, char *buffer, size_t size);
size_t dev_event_format(const struct smmu_event *event, char *buffer, size_t size);

enum dev_action_kind { DEV_ACT_STORE, DEV_ACT_REG, DEV_ACT_READ, DEV_ACT_DMA };
struct dev_action {
	uint8_t kind; /* enum dev_action_kind */
	uint8_t size;
	uint8_t dir;   /* DEV_ACT_DMA: DEV_WRITE, DEV_UPDATE */
	uint16_t step; /* op that it comes from; DEV_SETUP_STEP */
	uint32_t sid;
	uint64_t addr;
	uint64_t value; /* DEV_ACT_READ: what the model gave */
};
enum { DEV_MAX_ACTIONS = 4096, DEV_SETUP_STEP = 0xffff };

struct dev_model_options {
	bool log;	   /* write down actions */
	bool read_back;	   /* a `read` is an `update`: the other side can do nothing else */
	bool invariants;   /* check them after each op (invariants.c) */
	const char *fault; /* planted, NULL: none */
};

/* The options are copied. NULL and error: no such fault. */
struct dev_model *dev_model_create(const struct dev_model_options *options, struct error *error);
void dev_model_destroy(struct dev_model *model);
/* Power on, memory cleared, the SMMU set up as the header says. */
void dev_model_start(struct dev_model *model, const struct dev_header *header);
/*
 * From the next start on `shadow` (NULL: nothing) is set up like the model, but with worst-case caches,
 * and told of all that happens; an access whose answer it does not think possible breaks an invariant.
 */
void dev_model_shadow(struct dev_model *model, struct dev_model *shadow);
/* One op. */
struct dev_result dev_model_step(struct dev_model *model, const struct dev_op *op, unsigned step);
/* What is broken since the start: a line, or NULL. */
const char *dev_model_broken(const struct dev_model *model);
/* The number of words in memory that were read or written by the SMMU in the last step. */
unsigned dev_model_accesses(const struct dev_model *model);
uint8_t *dev_model_ram(struct dev_model *model);
uint64_t dev_model_reg(struct dev_model *model, uint32_t offset);
struct smmu *dev_model_smmu(struct dev_model *model);
const struct dev_action *dev_model_actions(const struct dev_model *model, unsigned *count);
/* Pages that may differ from zero: one bit a page. */
enum { DEV_PAGE_WORDS = DEV_RAM_PAGES / 64 };
const uint64_t *dev_model_touched(const struct dev_model *model);
/* The SMMU or a device went to an address below RAM, where other machines have devices. */
bool dev_model_went_below(const struct dev_model *model);
/* Same memory, registers, interrupts and messages to endpoints. */
bool dev_models_alike(struct dev_model *a, struct dev_model *b);
bool dev_has_faults(void);

#endif
