/* SPDX-License-Identifier: MIT */
/* The machine around the model: its memory, its bus, and the set-up that a header implies. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

bool model_in_ram(uint64_t addr, unsigned size)
{
	return addr - DEV_RAM_BASE < DEV_RAM_BYTES && addr - DEV_RAM_BASE + size <= DEV_RAM_BYTES;
}

static void touch(struct dev_model *model, uint64_t addr)
{
	uint64_t page = (addr - DEV_RAM_BASE) / 4096;

	model->touched[page / 64] |= 1ull << page % 64;
}

static uint64_t *word_at(struct dev_model *model, uint64_t addr)
{
	return &model->ram[(addr - DEV_RAM_BASE) / 8];
}

/* Memory tells nobody that it changed: whoever stores does (worst.h). */
static void put(struct dev_model *model, uint64_t addr, uint64_t value)
{
	uint64_t *word = word_at(model, addr), old = *word;

	if (old == value)
		return;
	touch(model, addr);
	*word = value;
	if (model->profile.cache == SMMU_CACHE_WORST)
		smmu_note_store(&model->smmu, addr, old, value);
	if (model->shadow)
		model_store(model->shadow, addr, value);
}

void model_log(struct dev_model *model, struct dev_action action)
{
	if (!model->options.log)
		return;
	CHECK(model->num_actions < DEV_MAX_ACTIONS, "more than %d actions", DEV_MAX_ACTIONS);
	action.step = model->step;
	model->action[model->num_actions++] = action;
}

void model_store(struct dev_model *model, uint64_t addr, uint64_t value)
{
	struct model_places places;
	uint64_t old;

	if (!model_in_ram(addr, 8) || *word_at(model, addr) == value)
		return;
	model_log(model, (struct dev_action){
				 .kind = DEV_ACT_STORE, .size = 8, .addr = addr, .value = value});
	if (model->profile.cache != SMMU_CACHE_WORST) {
		put(model, addr, value);
		return;
	}
	places = model_find_places(model, addr);
	old = *word_at(model, addr);
	put(model, addr, value);
	model_note_places(model, &places, old, value);
}

void model_store32(struct dev_model *model, uint64_t addr, uint32_t value)
{
	unsigned shift = addr & 4 ? 32 : 0;
	uint64_t word;

	if (!model_in_ram(addr, 4))
		return;
	word = *word_at(model, addr & ~7ull);
	word = (word & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
	put(model, addr & ~7ull, word);
}

uint64_t model_load(const struct dev_model *model, uint64_t addr)
{
	return model_in_ram(addr, 8) ? model->ram[(addr - DEV_RAM_BASE) / 8] : 0;
}

void model_reg_write(struct dev_model *model, uint32_t offset, unsigned size, uint64_t value)
{
	model_log(model, (struct dev_action){.kind = DEV_ACT_REG,
					     .size = (uint8_t)size,
					     .addr = offset,
					     .value = value});
	smmu_reg_write(&model->smmu, offset, size, value);
	if (model->shadow)
		smmu_reg_write(&model->shadow->smmu, offset, size, value);
}

static bool bus_read64(void *ctx, uint64_t pa, uint64_t *value)
{
	struct dev_model *model = ctx;

	model->accesses++;
	model->below |= pa < DEV_RAM_BASE;
	*value = model_load(model, pa);
	return model_in_ram(pa, 8);
}

static bool bus_write64(void *ctx, uint64_t pa, uint64_t value)
{
	struct dev_model *model = ctx;

	model->accesses++;
	model->writes++;
	model->below |= pa < DEV_RAM_BASE;
	if (!model_in_ram(pa, 8))
		return false;
	put(model, pa, value);
	return true;
}

static bool bus_write32(void *ctx, uint64_t pa, uint32_t value)
{
	struct dev_model *model = ctx;

	model->accesses++;
	model->writes++;
	model->below |= pa < DEV_RAM_BASE;
	if (!model_in_ram(pa, 4))
		return false;
	model_store32(model, pa, value);
	return true;
}

static bool bus_cas64(void *ctx, uint64_t pa, uint64_t expected, uint64_t desired, uint64_t *found)
{
	struct dev_model *model = ctx;

	model->accesses++;
	model->below |= pa < DEV_RAM_BASE;
	if (!model_in_ram(pa, 8))
		return false;
	*found = model_load(model, pa);
	if (*found == expected) {
		model->writes++;
		put(model, pa, desired);
	}
	return true;
}

static void bus_irq(void *ctx, enum smmu_irq irq)
{
	struct dev_model *model = ctx;

	model->irqs |= (uint8_t)(1u << irq);
}

static bool bus_atc_inv(void *ctx, const struct smmu_atc_inv *inv)
{
	struct dev_model *model = ctx;

	if (model->num_invalidations < DEV_MAX_SEEN)
		model->invalidation[model->num_invalidations++] = *inv;
	return inv->sid < DEV_SILENT_SID;
}

static void bus_prg_response(void *ctx, const struct smmu_prg_response *response)
{
	struct dev_model *model = ctx;

	if (model->num_responses < DEV_MAX_SEEN)
		model->response[model->num_responses++] = *response;
}

#ifdef SVAFUZZ_FAULTS
bool dev_has_faults(void)
{
	return true;
}
#else
bool dev_has_faults(void)
{
	return false;
}
#endif

static const char *const fault_name[SMMU_NUM_FAULTS] = {
	"none",
#define FAULT(id, name, rule, kind, text) "smmu-" name,
#include "../../models/smmuv3/faults.def"
#undef FAULT
};

static bool find_fault(struct dev_model *model, const char *name)
{
	for (unsigned i = 1; name && *name && i < SMMU_NUM_FAULTS; i++) {
		if (strcmp(name, fault_name[i]))
			continue;
		model->fault = (uint8_t)i;
		return true;
	}
	return !name || !*name;
}

struct dev_model *dev_model_create(const struct dev_model_options *options, struct error *error)
{
	struct dev_model *model = calloc(1, sizeof(*model));

	CHECK(model, "no memory for the model");
	model->options = *options;
	if (find_fault(model, options->fault))
		return model;
	error_set(error, "no planted fault '%s'; `svafuzz faults --list` lists them",
		  options->fault);
	free(model);
	return NULL;
}

void dev_model_destroy(struct dev_model *model)
{
	free(model);
}

static void clear_memory(struct dev_model *model)
{
	for (unsigned page = 0; page < DEV_RAM_PAGES; page++)
		if (model->touched[page / 64] >> page % 64 & 1)
			memset(&model->ram[page * 512ul], 0, 4096);
	memset(model->touched, 0, sizeof(model->touched));
}

static uint32_t cr0(const struct dev_model *model, bool enabled)
{
	return (uint32_t)(SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN |
			  (model->profile.pri ? SMMU_CR0_PRIQEN : 0) |
			  (enabled ? SMMU_CR0_SMMUEN : 0));
}

static void set_up_strtab(struct dev_model *model)
{
	unsigned bits = model->profile.sid_bits < DEV_STRTAB_BITS ? model->profile.sid_bits
								  : DEV_STRTAB_BITS;
	uint64_t cfg = smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, bits);
	unsigned page = DEV_STRTAB_PAGE;

	if (model->header.two_level) {
		for (unsigned i = 0; i < 1u << (DEV_STRTAB_BITS - DEV_STRTAB_SPLIT); i++)
			model_store(model, DEV_PAGE(DEV_L1STD_PAGE) + i * 8,
				    DEV_PAGE(DEV_STRTAB_PAGE + i) |
					    smmu_put(SMMU_L1STD_SPAN, DEV_STRTAB_SPLIT + 1));
		cfg |= smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL) |
		       smmu_put(SMMU_STRTAB_CFG_SPLIT, DEV_STRTAB_SPLIT);
		page = DEV_L1STD_PAGE;
	}
	model_reg_write(model, SMMU_REG_STRTAB_BASE, 8, DEV_PAGE(page));
	model_reg_write(model, SMMU_REG_STRTAB_BASE_CFG, 4, cfg);
}

/* 6.3 in the order of a driver: everything off, bases, queues on, caches emptied, SMMUEN. */
static void set_up(struct dev_model *model)
{
	const struct dev_header *header = &model->header;

	model_reg_write(model, SMMU_REG_CR0, 4, 0);
	model_reg_write(model, SMMU_REG_CR1, 4, 0xd75);
	model_reg_write(model, SMMU_REG_CR2, 4, SMMU_CR2_RECINVSID);
	set_up_strtab(model);
	model_reg_write(model, SMMU_REG_CMDQ_BASE, 8, DEV_PAGE(DEV_CMDQ_PAGE) | header->cmdq);
	model_reg_write(model, SMMU_REG_CMDQ_PROD, 4, 0);
	model_reg_write(model, SMMU_REG_CMDQ_CONS, 4, 0);
	model_reg_write(model, SMMU_REG_EVENTQ_BASE, 8, DEV_PAGE(DEV_EVTQ_PAGE) | header->evtq);
	model_reg_write(model, SMMU_REG_EVENTQ_PROD, 4, 0);
	model_reg_write(model, SMMU_REG_EVENTQ_CONS, 4, 0);
	if (model->profile.pri) {
		model_reg_write(model, SMMU_REG_PRIQ_BASE, 8,
				DEV_PAGE(DEV_PRIQ_PAGE) | header->priq);
		model_reg_write(model, SMMU_REG_PRIQ_PROD, 4, 0);
		model_reg_write(model, SMMU_REG_PRIQ_CONS, 4, 0);
	}
	model_reg_write(model, SMMU_REG_IRQ_CTRL, 4,
			SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_EVENTQ_IRQEN |
				(model->profile.pri ? SMMU_IRQ_CTRL_PRIQ_IRQEN : 0));
	model_reg_write(model, SMMU_REG_CR0, 4, cr0(model, false));
	model_command(model, smmu_cmd_cfgi_all().word[0], smmu_cmd_cfgi_all().word[1], false);
	model_command(model, SMMU_CMD_TLBI_NSNH_ALL, 0, false);
	model_command(model, SMMU_CMD_SYNC, 0, false);
	if (!header->disabled)
		model_reg_write(model, SMMU_REG_CR0, 4, cr0(model, true));
}

void dev_model_start(struct dev_model *model, const struct dev_header *header)
{
	const struct smmu_bus bus = {
		.ctx = model,
		.read64 = bus_read64,
		.write64 = bus_write64,
		.write32 = bus_write32,
		.cas64 = bus_cas64,
		.irq = bus_irq,
		.atc_inv = bus_atc_inv,
		.prg_response = bus_prg_response,
	};

	struct dev_header alike = *header;

	clear_memory(model);
	model->header = *header;
	model->profile = dev_profile(header);
	model->step = DEV_SETUP_STEP;
	model->cmdq_prod = model->accesses = model->writes = 0;
	model->num_invalidations = model->num_responses = model->num_stalls = 0;
	model->num_actions = 0;
	model->irqs = 0;
	model->below = model->reg_written = model->lost = false;
	model->shadow = NULL;
	model->broken[0] = '\0';
	smmu_reset(&model->smmu, &model->profile, &bus);
	model->smmu.fault = model->fault;
	if (model->profile.cache == SMMU_CACHE_WORST)
		for (uint32_t i = 0; i < DEV_NUM_SIDS; i++)
			smmu_stream_set_ats(&model->smmu,
					    smmu_add_stream(&model->smmu, DEV_FIRST_SID + i), true);
	set_up(model);
	model->irqs = 0;
	if (!model->lent || model->profile.cache == SMMU_CACHE_WORST)
		return;
	alike.cache = SMMU_CACHE_WORST;
	dev_model_start(model->lent, &alike);
	model->shadow = model->lent;
}

const char *dev_model_broken(const struct dev_model *model)
{
	return *model->broken ? model->broken : NULL;
}

unsigned dev_model_accesses(const struct dev_model *model)
{
	return model->accesses;
}

uint8_t *dev_model_ram(struct dev_model *model)
{
	return (uint8_t *)model->ram;
}

uint64_t dev_model_reg(struct dev_model *model, uint32_t offset)
{
	return smmu_reg_read(&model->smmu, offset, dev_reg_size(offset));
}

struct smmu *dev_model_smmu(struct dev_model *model)
{
	return &model->smmu;
}

const struct dev_action *dev_model_actions(const struct dev_model *model, unsigned *count)
{
	*count = model->num_actions;
	return model->action;
}

const uint64_t *dev_model_touched(const struct dev_model *model)
{
	return model->touched;
}

bool dev_model_went_below(const struct dev_model *model)
{
	return model->below;
}

static bool same_memory(const struct dev_model *a, const struct dev_model *b)
{
	for (unsigned page = 0; page < DEV_RAM_PAGES; page++) {
		uint64_t touched = a->touched[page / 64] | b->touched[page / 64];

		if (!touched)
			page |= 63;
		else if (touched >> page % 64 & 1 &&
			 memcmp(&a->ram[page * 512ul], &b->ram[page * 512ul], 4096))
			return false;
	}
	return true;
}

bool dev_models_alike(struct dev_model *a, struct dev_model *b)
{
	static const uint32_t regs[] = {SMMU_REG_GERROR, SMMU_REG_CMDQ_CONS, SMMU_REG_EVENTQ_PROD,
					SMMU_REG_CR0ACK};

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		if (dev_model_reg(a, regs[i]) != dev_model_reg(b, regs[i]))
			return false;
	if (a->profile.pri &&
	    dev_model_reg(a, SMMU_REG_PRIQ_PROD) != dev_model_reg(b, SMMU_REG_PRIQ_PROD))
		return false;
	return a->irqs == b->irqs && a->num_invalidations == b->num_invalidations &&
	       !memcmp(a->invalidation, b->invalidation,
		       a->num_invalidations * sizeof(a->invalidation[0])) &&
	       a->num_responses == b->num_responses &&
	       !memcmp(a->response, b->response, a->num_responses * sizeof(a->response[0])) &&
	       same_memory(a, b);
}

void dev_model_shadow(struct dev_model *model, struct dev_model *shadow)
{
	model->lent = shadow;
}
