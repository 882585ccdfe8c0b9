/* SPDX-License-Identifier: MIT */
/* What the files that run a trace on the model share. */
#ifndef SVAFUZZ_DEVICE_MODEL_H
#define SVAFUZZ_DEVICE_MODEL_H

#include "run.h"

#include "../../models/smmuv3/regs.h"
#include "../../models/smmuv3/smmu_state.h"

enum { DEV_MAX_SEEN = 16, DEV_BROKEN_SIZE = 200 };

struct dev_model {
	struct dev_model_options options;
	uint8_t fault;
	struct dev_header header;
	struct smmu_profile profile;
	uint16_t step;
	uint32_t cmdq_prod; /* what software thinks */
	uint32_t accesses;
	uint32_t writes; /* of the SMMU, since the start */
	uint8_t irqs;
	bool below, reg_written;
	struct dev_model *lent; /* to be the shadow of the next traces */
	/* With worst-case caches, told of every store and register write (superset.c); NULL: none. */
	struct dev_model *shadow;
	bool lost; /* it was told of less than there was */
	char broken[DEV_BROKEN_SIZE];
	/* Oldest first; the newest go when there is no room. */
	unsigned num_invalidations, num_responses, num_stalls;
	struct smmu_atc_inv invalidation[DEV_MAX_SEEN];
	struct smmu_prg_response response[DEV_MAX_SEEN];
	struct {
		uint32_t sid;
		uint16_t stag;
	} stall[DEV_MAX_SEEN];
	unsigned num_actions;
	struct dev_action action[DEV_MAX_ACTIONS];
	uint64_t touched[DEV_PAGE_WORDS];
	uint64_t ram[DEV_RAM_BYTES / 8];
	struct smmu smmu;
};

/* By software or a device; not by the SMMU. The address is a multiple of 8. */
void model_store(struct dev_model *model, uint64_t addr, uint64_t value);
/* Four bytes by a device, not written down as an action. */
void model_store32(struct dev_model *model, uint64_t addr, uint32_t value);
uint64_t model_load(const struct dev_model *model, uint64_t addr);
void model_reg_write(struct dev_model *model, uint32_t offset, unsigned size, uint64_t value);
bool model_in_ram(uint64_t addr, unsigned size);
/* A command at the queue's end; with `hold` CMDQ_PROD stays. */
uint8_t model_command(struct dev_model *model, uint64_t w0, uint64_t w1, bool hold);
void model_log(struct dev_model *model, struct dev_action action);

/* trees.c: where in translation trees a doubleword of memory stands, as long as it is the old one;
 * then that it has changed. */
enum { MODEL_MAX_PLACES = 32 };
struct model_places {
	unsigned count;
	struct model_place {
		uint64_t root, va;
		unsigned level;
	} place[MODEL_MAX_PLACES];
};
struct model_places model_find_places(struct dev_model *model, uint64_t addr);
/* Nested stage 1 has its tables at IPAs, and a stage 2 that only a CD is fetched through is in no
 * context: `lost`, where there is any. */
void model_note_nested(struct dev_model *model);
void model_note_places(struct dev_model *model, const struct model_places *places, uint64_t old,
		       uint64_t value);

/* superset.c: an answer of these caches is one that the worst-case caches think possible. */
enum { MODEL_MAX_POSSIBLE = 128 };
struct model_possible {
	unsigned count; /* 0: nothing is claimed */
	struct smmu_outcome outcome[MODEL_MAX_POSSIBLE];
};
void model_ask_shadow(struct dev_model *model, const struct smmu_request *request,
		      struct model_possible *possible);
void model_check_possible(struct dev_model *model, const struct smmu_request *request,
			  const struct smmu_response *response,
			  const struct model_possible *possible);

/* invariants.c */
void model_break(struct dev_model *model, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void model_check_access(struct dev_model *model, const struct smmu_request *request,
			const struct smmu_response *before, const struct smmu_response *after,
			const struct smmu_response *response, uint32_t events);
void model_check_step(struct dev_model *model);

#endif
