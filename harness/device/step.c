/* SPDX-License-Identifier: MIT */
/* One op of a trace carried out on the model. */
#include "model.h"

#include <string.h>

/* Four bytes: what a device's transfer leaves in memory. */
enum { FILL_WORD = 0x96969696u };

uint8_t model_command(struct dev_model *model, uint64_t w0, uint64_t w1, bool hold)
{
	uint32_t entries = 1u << model->header.cmdq, wrap = 2 * entries - 1;
	uint32_t cons = (uint32_t)smmu_reg_read(&model->smmu, SMMU_REG_CMDQ_CONS, 4);
	uint64_t at = DEV_PAGE(DEV_CMDQ_PAGE) +
		      (uint64_t)(model->cmdq_prod & (entries - 1)) * SMMU_CMD_BYTES;
	uint32_t error;

	if (((model->cmdq_prod ^ cons) & wrap) == entries)
		return DEV_COMMAND_FULL;
	model_store(model, at, w0);
	model_store(model, at + 8, w1);
	model->cmdq_prod = (model->cmdq_prod + 1) & wrap;
	if (hold)
		return DEV_COMMAND_HELD;
	model_reg_write(model, SMMU_REG_CMDQ_PROD, 4, model->cmdq_prod);
	cons = (uint32_t)smmu_reg_read(&model->smmu, SMMU_REG_CMDQ_CONS, 4);
	if (!((cons ^ model->cmdq_prod) & wrap))
		return DEV_COMMAND_DONE;
	error = (uint32_t)smmu_get(cons, SMMU_CMDQ_CONS_ERR);
	if ((smmu_reg_read(&model->smmu, SMMU_REG_GERROR, 4) ^
	     smmu_reg_read(&model->smmu, SMMU_REG_GERRORN, 4)) &
		    SMMU_GERROR_CMDQ_ERR &&
	    error >= SMMU_CERROR_ILL && error <= SMMU_CERROR_ATC_INV_SYNC)
		return (uint8_t)(DEV_COMMAND_ILL + error - SMMU_CERROR_ILL);
	return DEV_COMMAND_WAITING;
}

static void store_words(struct dev_model *model, uint64_t addr, const uint64_t *word,
			unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		model_store(model, addr + 8ull * i, word[i]);
}

/* An entry of `bytes` bytes in the table that the op names. */
static uint64_t entry_address(const struct dev_op *op, unsigned bytes)
{
	uint64_t page = op->w[4] >> 32 & 0xfffff, index = op->w[4] & 0x1fff;

	return DEV_PAGE(page) + index * bytes;
}

static void step_structure(struct dev_model *model, const struct dev_op *op)
{
	switch (op->code) {
	case DEV_OP_STE:
		/* Beyond the table it would be somebody else's memory. */
		store_words(model,
			    DEV_PAGE(DEV_STRTAB_PAGE) +
				    (op->w[4] & ((1u << DEV_STRTAB_BITS) - 1)) * SMMU_STE_BYTES,
			    op->w, 4);
		break;
	case DEV_OP_L1STD:
		store_words(model, DEV_PAGE(DEV_L1STD_PAGE) + (op->w[4] & 0xff) * 8, op->w, 1);
		break;
	case DEV_OP_CD:
		store_words(model, entry_address(op, SMMU_CD_BYTES), op->w, 4);
		break;
	case DEV_OP_STORE:
		model_store(model, op->w[0], op->w[1]);
		break;
	default:
		store_words(model, entry_address(op, 8), op->w, 1);
		break;
	}
}

static unsigned reg_size(const struct dev_op *op)
{
	static const uint8_t sizes[] = {0, 4, 8, 4};
	unsigned size = sizes[op->w[0] >> 18 & 3];

	return size ? size : dev_reg_size((uint32_t)(op->w[0] & 0x3ffff));
}

static void step_reg(struct dev_model *model, const struct dev_op *op)
{
	uint32_t offset = (uint32_t)(op->w[0] & 0x3ffff);

	model->reg_written = true;
	if (offset == SMMU_REG_CMDQ_PROD)
		model->cmdq_prod = (uint32_t)op->w[1] & ((2u << model->header.cmdq) - 1);
	model_reg_write(model, offset, reg_size(op), op->w[1]);
}

static uint64_t step_read(struct dev_model *model, const struct dev_op *op)
{
	uint32_t offset = (uint32_t)(op->w[0] & 0x3ffff);
	uint64_t value = smmu_reg_read(&model->smmu, offset, reg_size(op));

	model_log(model, (struct dev_action){.kind = DEV_ACT_READ,
					     .size = (uint8_t)reg_size(op),
					     .addr = offset,
					     .value = value});
	return value;
}

static struct smmu_request request_of(const struct dev_op *op, enum smmu_access_kind kind)
{
	return (struct smmu_request){
		.sid = (uint32_t)op->w[0],
		.ssv = op->w[0] >> 52 & 1,
		.ssid = (uint32_t)(op->w[0] >> 32 & 0xfffff),
		.addr = op->w[1],
		.kind = (uint8_t)kind,
		.privileged = op->w[0] >> 55 & 1,
	};
}

static struct smmu_response send(struct dev_model *model, const struct smmu_request *request)
{
	struct smmu_response before = {0}, after, response;
	struct model_possible possible;
	uint32_t events = smmu_counters(&model->smmu).events;
	uint32_t lost = smmu_counters(&model->smmu).events_lost;
	uint32_t updates = smmu_counters(&model->smmu).updates;

	if (model->options.invariants) {
		uint32_t writes = model->writes;

		before = smmu_peek(&model->smmu, request);
		if (model->writes != writes || smmu_counters(&model->smmu).events != events)
			model_break(model, "smmu_peek() wrote");
	}
	model_ask_shadow(model, request, &possible);
	response = smmu_access(&model->smmu, request);
	model_check_possible(model, request, &response, &possible);
	after = before;
	if (model->options.invariants && smmu_counters(&model->smmu).updates != updates)
		after = smmu_peek(&model->smmu, request);
	if (model->options.invariants)
		model_check_access(model, request, &before, &after, &response,
				   smmu_counters(&model->smmu).events - events +
					   smmu_counters(&model->smmu).events_lost - lost);
	if (response.status == SMMU_STALLED && model->num_stalls < DEV_MAX_SEEN) {
		model->stall[model->num_stalls].sid = request->sid;
		model->stall[model->num_stalls++].stag = response.stag;
	}
	if (response.status == SMMU_OK && request->kind != SMMU_ATS_REQUEST)
		model->below |= response.pa < DEV_RAM_BASE;
	return response;
}

/* What the device writes once it may: a filled word, or the inverse of what stood there. */
static void transfer(struct dev_model *model, const struct smmu_response *response, bool invert)
{
	uint64_t pa = response->pa & ~3ull, word;

	if (response->status != SMMU_OK || !model_in_ram(pa, 4))
		return;
	word = model_load(model, pa & ~7ull) >> (pa & 4 ? 32 : 0);
	model_store32(model, pa, invert ? ~(uint32_t)word : FILL_WORD);
}

static void step_traffic(struct dev_model *model, const struct dev_op *op,
			 enum smmu_access_kind kind, struct dev_result *result)
{
	struct smmu_request request = request_of(op, kind);
	unsigned dir = op->w[0] >> 53 & 3;

	if (dir == DEV_READ_DIR && model->options.read_back && kind == SMMU_UNTRANSLATED)
		dir = DEV_UPDATE;
	if (model->options.read_back)
		request.addr &= ~3ull;
	request.write = dir == DEV_WRITE;
	request.instruction = dir == DEV_EXEC;
	if (kind == SMMU_UNTRANSLATED)
		model_log(model, (struct dev_action){.kind = DEV_ACT_DMA,
						     .size = 4,
						     .dir = (uint8_t)dir,
						     .sid = request.sid,
						     .addr = request.addr});
	result->response = send(model, &request);
	if (dir == DEV_UPDATE && kind == SMMU_UNTRANSLATED) {
		request.write = true;
		result->write = send(model, &request);
		transfer(model, &result->write, true);
	} else if (dir == DEV_WRITE) {
		transfer(model, &result->response, false);
	}
}

static void step_ats(struct dev_model *model, const struct dev_op *op, struct dev_result *result)
{
	struct smmu_request request = request_of(op, SMMU_ATS_REQUEST);

	request.write = op->w[0] >> 53 & 1;
	request.instruction = op->w[0] >> 54 & 1;
	result->response = send(model, &request);
}

static void step_possible(struct dev_model *model, const struct dev_op *op,
			  struct dev_result *result)
{
	struct smmu_request request = request_of(op, SMMU_UNTRANSLATED);
	unsigned dir = op->w[0] >> 53 & 3;

	if (model->profile.cache != SMMU_CACHE_WORST)
		return;
	request.write = dir == DEV_WRITE;
	request.instruction = dir == DEV_EXEC;
	result->num_outcomes =
		smmu_possible(&model->smmu, &request, result->outcome, DEV_MAX_OUTCOMES);
}

static bool step_page_request(struct dev_model *model, const struct dev_op *op)
{
	const struct smmu_page_request request = {
		.sid = (uint32_t)op->w[0],
		.ssv = op->w[0] >> 52 & 1,
		.ssid = (uint32_t)(op->w[0] >> 32 & 0xfffff),
		.last = op->w[0] >> 53 & 1,
		.read = op->w[0] >> 54 & 1,
		.write = op->w[0] >> 55 & 1,
		.execute = op->w[0] >> 56 & 1,
		.privileged = op->w[0] >> 57 & 1,
		.prg = (uint16_t)(op->w[1] & 0x1ff),
		.addr = op->w[1] & SMMU_PRIQ1_ADDR,
	};

	return smmu_page_request(&model->smmu, &request);
}

static uint8_t step_take(struct dev_model *model, const struct dev_op *op)
{
	unsigned nth = (unsigned)op->w[0] & 15;
	uint8_t answer;

	if (nth >= model->num_stalls)
		return SMMU_STALL_WAITING;
	answer = (uint8_t)smmu_stall_take(&model->smmu, model->stall[nth].sid,
					  model->stall[nth].stag);
	if (answer == SMMU_STALL_WAITING)
		return answer;
	model->num_stalls--;
	memmove(&model->stall[nth], &model->stall[nth + 1],
		(model->num_stalls - nth) * sizeof(model->stall[0]));
	return answer;
}

/* The oldest entry of a queue that the SMMU writes: its address, 0 when the queue is empty. */
static uint64_t queue_head(struct dev_model *model, uint64_t base, unsigned bits, unsigned bytes,
			   uint32_t prod_reg, uint32_t cons_reg, bool keep)
{
	uint32_t prod = (uint32_t)smmu_reg_read(&model->smmu, prod_reg, 4);
	uint32_t cons = (uint32_t)smmu_reg_read(&model->smmu, cons_reg, 4);
	uint32_t wrap = (2u << bits) - 1;

	if (!((prod ^ cons) & wrap))
		return 0;
	if (!keep)
		model_reg_write(model, cons_reg, 4,
				((cons + 1) & wrap) | (prod & (uint32_t)SMMU_Q_OVERFLOW));
	return base + (uint64_t)(cons & wrap >> 1) * bytes;
}

static void step_event(struct dev_model *model, const struct dev_op *op, struct dev_result *result)
{
	uint64_t at =
		queue_head(model, DEV_PAGE(DEV_EVTQ_PAGE), model->header.evtq, SMMU_EVENT_BYTES,
			   SMMU_REG_EVENTQ_PROD, SMMU_REG_EVENTQ_CONS, op->w[0] & 1);
	uint64_t record[SMMU_EVENT_WORDS];

	result->found = at != 0;
	if (!at)
		return;
	for (unsigned i = 0; i < SMMU_EVENT_WORDS; i++)
		record[i] = model_load(model, at + i * 8);
	result->event = smmu_event_decode(record);
}

static void step_pri(struct dev_model *model, const struct dev_op *op, struct dev_result *result)
{
	uint64_t at, word;

	if (!model->profile.pri)
		return;
	at = queue_head(model, DEV_PAGE(DEV_PRIQ_PAGE), model->header.priq, SMMU_PRI_BYTES,
			SMMU_REG_PRIQ_PROD, SMMU_REG_PRIQ_CONS, op->w[0] & 1);
	result->found = at != 0;
	if (!at)
		return;
	word = model_load(model, at);
	result->page_request = (struct smmu_page_request){
		.sid = (uint32_t)smmu_get(word, SMMU_PRIQ0_SID),
		.ssv = word & SMMU_PRIQ0_SSV,
		.ssid = (uint32_t)smmu_get(word, SMMU_PRIQ0_SSID),
		.last = word & SMMU_PRIQ0_LAST,
		.read = word & SMMU_PRIQ0_READ,
		.write = word & SMMU_PRIQ0_WRITE,
		.execute = word & SMMU_PRIQ0_EXEC,
		.privileged = word & SMMU_PRIQ0_PRIV,
	};
	word = model_load(model, at + 8);
	result->page_request.prg = (uint16_t)smmu_get(word, SMMU_PRIQ1_PRG);
	result->page_request.addr = word & SMMU_PRIQ1_ADDR;
}

static void step_seen(struct dev_model *model, const struct dev_op *op, struct dev_result *result)
{
	if (op->code == DEV_OP_INVALIDATION) {
		result->found = model->num_invalidations != 0;
		if (!result->found)
			return;
		result->invalidation = model->invalidation[0];
		memmove(model->invalidation, model->invalidation + 1,
			--model->num_invalidations * sizeof(model->invalidation[0]));
		return;
	}
	result->found = model->num_responses != 0;
	if (!result->found)
		return;
	result->prg_response = model->response[0];
	memmove(model->response, model->response + 1,
		--model->num_responses * sizeof(model->response[0]));
}

static void step_other(struct dev_model *model, const struct dev_op *op, struct dev_result *result)
{
	switch (op->code) {
	case DEV_OP_PAGE_REQUEST:
		result->found = step_page_request(model, op);
		break;
	case DEV_OP_TAKE:
		result->answer = step_take(model, op);
		break;
	case DEV_OP_EVENT:
		step_event(model, op, result);
		break;
	case DEV_OP_PRI:
		step_pri(model, op, result);
		break;
	case DEV_OP_POSSIBLE:
		step_possible(model, op, result);
		break;
	case DEV_OP_IRQ:
		result->irqs = model->irqs;
		model->irqs = 0;
		break;
	case DEV_OP_LOAD:
		result->value = model_load(model, op->w[0]);
		break;
	default:
		step_seen(model, op, result);
		break;
	}
}

struct dev_result dev_model_step(struct dev_model *model, const struct dev_op *op, unsigned step)
{
	struct dev_result result = {0};

	model->step = (uint16_t)step;
	model->accesses = 0;
	if (op->code <= DEV_OP_STORE)
		step_structure(model, op);
	else if (op->code == DEV_OP_REG)
		step_reg(model, op);
	else if (op->code == DEV_OP_READ)
		result.value = step_read(model, op);
	else if (op->code <= DEV_OP_CMD_SYNC)
		result.command = model_command(model, op->w[0], op->w[1], op->w[2] & 1);
	else if (op->code == DEV_OP_DMA)
		step_traffic(model, op, SMMU_UNTRANSLATED, &result);
	else if (op->code == DEV_OP_TRANSLATED)
		step_traffic(model, op, SMMU_ATS_TRANSLATED, &result);
	else if (op->code == DEV_OP_ATS)
		step_ats(model, op, &result);
	else
		step_other(model, op, &result);
	if (model->options.invariants)
		model_check_step(model);
	return result;
}
