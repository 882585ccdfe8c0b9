/* SPDX-License-Identifier: MIT */
/*
 * The register file (6.2, 6.3): one table says what is where, which bits software can change and
 * while which CR0 bit they are read-only. Updates (CR0ACK, IRQ_CTRLACK, GBPA.Update) complete
 * before the write returns. Registers that are UNKNOWN at reset are 0.
 *
 * What the profile cannot choose: SMMUv3.1 with stage 1, VMSAv8-64, little endian, coherent, wired
 * interrupts, attribute overrides; no ATOS, VMID wildcards or broadcast TLB maintenance.
 */
#include <stddef.h>
#include <string.h>

#include "gerror.h"
#include "queue.h"
#include "vmsa.h"

struct reg {
	uint8_t bytes;	/* 4 or 8; 0: no register here, RAZ/WI */
	uint8_t guard;	/* CR0 bits that make it read-only (6.2 "Guarded") */
	uint16_t state; /* offset in struct smmu_regs */
	uint64_t mask;	/* bits that software can write; RES0 or read-only otherwise */
	/* Identification registers are worked out; NULL: read from `state`. */
	uint32_t (*identify)(const struct smmu_profile *profile);
	/* Bits of `mask` that this profile does not have. May be NULL. */
	uint64_t (*absent)(const struct smmu_profile *profile);
	/* Takes a write with `value` already masked; NULL: the value is stored. */
	void (*write)(struct smmu *smmu, const struct reg *reg, uint64_t value);
};

/* 6.3.6: encoding of OAS. */
static uint32_t oas_field(uint8_t bits)
{
	uint32_t field = 0;

	while (smmu_address_size(field) < bits)
		field++;
	return field;
}

static uint32_t stall_model_field(uint8_t stall_model)
{
	static const uint8_t field[] = {
		[SMMU_STALL_NONE] = SMMU_IDR0_STALL_MODEL_NONE,
		[SMMU_STALL_BOTH] = SMMU_IDR0_STALL_MODEL_BOTH,
		[SMMU_STALL_FORCE] = SMMU_IDR0_STALL_MODEL_FORCE,
	};

	return field[stall_model];
}

static uint32_t idr0(const struct smmu_profile *profile)
{
	const struct {
		bool there;
		uint64_t bits;
	} feature[] = {
		{profile->stage2, SMMU_IDR0_S2P},
		/* Without S2P it is not architectural; EL2 worlds are wanted without stage 2. */
		{profile->hyp, SMMU_IDR0_HYP},
		{profile->ats, SMMU_IDR0_ATS},
		{profile->no_split_ats, SMMU_IDR0_NS1ATS},
		{profile->asid_bits == 16, SMMU_IDR0_ASID16},
		{profile->msi, SMMU_IDR0_MSI},
		{profile->sev, SMMU_IDR0_SEV},
		{profile->pri, SMMU_IDR0_PRI},
		{profile->vmid_bits == 16, SMMU_IDR0_VMID16},
		{profile->two_level_cd, SMMU_IDR0_CD2L},
		{profile->ats_rec_err, SMMU_IDR0_ATSRECERR},
		{profile->term_model, SMMU_IDR0_TERM_MODEL},
		{profile->two_level_strtab, smmu_put(SMMU_IDR0_ST_LEVEL, SMMU_IDR0_ST_LEVEL_2LVL)},
	};
	uint64_t idr0 = SMMU_IDR0_S1P | smmu_put(SMMU_IDR0_TTF, SMMU_IDR0_TTF_AARCH64) |
			SMMU_IDR0_COHACC | smmu_put(SMMU_IDR0_TTENDIAN, SMMU_IDR0_TTENDIAN_LITTLE) |
			smmu_put(SMMU_IDR0_STALL_MODEL, stall_model_field(profile->stall_model)) |
			smmu_put(SMMU_IDR0_HTTU, profile->httu);

	for (unsigned i = 0; i < sizeof(feature) / sizeof(feature[0]); i++)
		idr0 |= feature[i].there ? feature[i].bits : 0;
	return (uint32_t)idr0;
}

#define OVERRIDES (SMMU_IDR1_ATTR_PERMS_OVR | SMMU_IDR1_ATTR_TYPES_OVR)

static uint32_t idr1(const struct smmu_profile *profile)
{
	return (uint32_t)(smmu_put(SMMU_IDR1_SIDSIZE, profile->sid_bits) |
			  smmu_put(SMMU_IDR1_SSIDSIZE, profile->ssid_bits) |
			  smmu_put(SMMU_IDR1_PRIQS, profile->pri ? profile->priq_bits : 0) |
			  smmu_put(SMMU_IDR1_EVENTQS, profile->evtq_bits) |
			  smmu_put(SMMU_IDR1_CMDQS, profile->cmdq_bits) |
			  (profile->no_override ? 0 : OVERRIDES));
}

static uint32_t idr3(const struct smmu_profile *profile)
{
	/* HAD is mandatory from SMMUv3.1 on. */
	return (uint32_t)(SMMU_IDR3_HAD | (profile->xnx ? SMMU_IDR3_XNX : 0) |
			  (profile->pps ? SMMU_IDR3_PPS : 0) |
			  (profile->small_tables ? SMMU_IDR3_STT : 0) |
			  (profile->range_inv ? SMMU_IDR3_RIL : 0));
}

static uint32_t idr5(const struct smmu_profile *profile)
{
	bool stalls = profile->stall_model != SMMU_STALL_NONE;
	unsigned granules = smmu_granules(profile);

	return (uint32_t)(smmu_put(SMMU_IDR5_OAS, oas_field(profile->oas_bits)) |
			  (granules & SMMU_GRANULE_4K ? SMMU_IDR5_GRAN4K : 0) |
			  (granules & SMMU_GRANULE_16K ? SMMU_IDR5_GRAN16K : 0) |
			  (granules & SMMU_GRANULE_64K ? SMMU_IDR5_GRAN64K : 0) |
			  (profile->va52 ? smmu_put(SMMU_IDR5_VAX, SMMU_IDR5_VAX_52) : 0) |
			  smmu_put(SMMU_IDR5_STALL_MAX, stalls ? SMMU_MAX_STALLS : 0));
}

static uint32_t aidr(const struct smmu_profile *profile)
{
	(void)profile;
	return SMMU_AIDR_V3_1;
}

#define MSI_ERRORS                                                                                 \
	(SMMU_GERROR_MSI_CMDQ_ABT_ERR | SMMU_GERROR_MSI_EVENTQ_ABT_ERR |                           \
	 SMMU_GERROR_MSI_PRIQ_ABT_ERR | SMMU_GERROR_MSI_GERROR_ABT_ERR)

static uint64_t cr0_absent(const struct smmu_profile *profile)
{
	return (profile->ats ? 0 : SMMU_CR0_ATSCHK) | (profile->pri ? 0 : SMMU_CR0_PRIQEN);
}

/* 6.3.12 PTM: RES0, IDR0.BTM == 0. */
static uint64_t cr2_absent(const struct smmu_profile *profile)
{
	return (profile->hyp ? 0 : SMMU_CR2_E2H) |
	       (profile->ats_rec_err ? 0 : SMMU_CR2_REC_CFG_ATS);
}

static uint64_t irq_ctrl_absent(const struct smmu_profile *profile)
{
	return profile->pri ? 0 : SMMU_IRQ_CTRL_PRIQ_IRQEN;
}

static uint64_t strtab_cfg_absent(const struct smmu_profile *profile)
{
	return profile->two_level_strtab ? 0 : SMMU_MASK(17, 16) | SMMU_MASK(10, 6);
}

/* 6.3.24, 6.3.26: address bits above the output address size are RES0. */
static uint64_t base_absent(const struct smmu_profile *profile)
{
	return SMMU_MASK(55, profile->oas_bits);
}

/* 6.3.33, 6.3.97, 6.3.98: only there with IDR0.PRI. */
static uint64_t priq_absent(const struct smmu_profile *profile)
{
	return profile->pri ? 0 : ~0ull;
}

static uint64_t priq_base_absent(const struct smmu_profile *profile)
{
	return profile->pri ? base_absent(profile) : ~0ull;
}

/* 6.3.21: the IRQ_CFG registers are only there with MSIs; ADDR bits beyond the OAS are RES0. */
static uint64_t msi_absent(const struct smmu_profile *profile)
{
	return profile->msi ? 0 : ~0ull;
}

static uint64_t msi_addr_absent(const struct smmu_profile *profile)
{
	return profile->msi ? base_absent(profile) : ~0ull;
}

static uint64_t priq_msi_absent(const struct smmu_profile *profile)
{
	return profile->pri ? msi_absent(profile) : ~0ull;
}

static uint64_t priq_msi_addr_absent(const struct smmu_profile *profile)
{
	return profile->pri ? msi_addr_absent(profile) : ~0ull;
}

/* 6.3.1 MSI: LO is not affected by it; the attributes of a message are. */
static uint64_t priq_cfg2_absent(const struct smmu_profile *profile)
{
	return profile->pri ? msi_absent(profile) & ~SMMU_PRIQ_CFG2_LO : ~0ull;
}

/* 7.5: without MSIs none can abort, without PRI neither its queue nor its MSI. */
static uint64_t gerrorn_absent(const struct smmu_profile *profile)
{
	return (profile->msi ? 0 : MSI_ERRORS) |
	       (profile->pri ? 0 : SMMU_GERROR_PRIQ_ABT_ERR | SMMU_GERROR_MSI_PRIQ_ABT_ERR);
}

static uint64_t load(const struct smmu *smmu, const struct reg *reg)
{
	const uint8_t *state = (const uint8_t *)&smmu->regs + reg->state;
	uint64_t wide;
	uint32_t narrow;

	if (reg->bytes == 8) {
		memcpy(&wide, state, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, state, sizeof(narrow));
	return narrow;
}

static void store(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint8_t *state = (uint8_t *)&smmu->regs + reg->state;
	uint32_t narrow = (uint32_t)value;

	if (reg->bytes == 8)
		memcpy(state, &value, sizeof(value));
	else
		memcpy(state, &narrow, sizeof(narrow));
}

/* A register that decides which descriptors are reachable (3.21.3), or how they are read. */
static void write_config(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	bool tracked = smmu->profile.cache == SMMU_CACHE_WORST && load(smmu, reg) != value;

	if (tracked)
		smmu_worst_config_before(smmu);
	store(smmu, reg, value);
	if (tracked)
		smmu_worst_config_after(smmu);
}

/* 6.3.9: the acknowledgement follows at once; CMDQEN 0 to 1 starts the queue. */
static void write_cr0(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t config = SMMU_CR0_SMMUEN;

	/* 5.2 EATS: with both stages, ATSCHK is part of what an STE says. */
	if (smmu->profile.stage2)
		config |= SMMU_CR0_ATSCHK;
	if ((smmu->regs.cr0 ^ value) & config)
		write_config(smmu, reg, value);
	else
		store(smmu, reg, value);
	smmu->regs.cr0ack = smmu->regs.cr0;
	/* 6.3.9.6: SMMUEN 1 to 0 marks all stalled transactions to be terminated. */
	if (!(smmu->regs.cr0 & SMMU_CR0_SMMUEN))
		smmu_stalls_terminate(smmu);
	smmu_stalls_evtq_changed(smmu);
	smmu_cmdq_run(smmu);
}

/* 6.3.11: the two halves of CR1 are guarded by different bits. */
static void write_cr1(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint64_t frozen = 0;

	if (smmu->regs.cr0 & SMMU_CR0_SMMUEN)
		frozen |= SMMU_CR1_TABLE_MASK;
	if (smmu->regs.cr0 & (SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN | SMMU_CR0_PRIQEN))
		frozen |= SMMU_CR1_QUEUE_MASK;
	store(smmu, reg, (load(smmu, reg) & frozen) | (value & ~frozen));
}

/* 6.3.14.1: a write without Update is ignored. */
static void write_gbpa(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	if ((value & SMMU_GBPA_UPDATE) || SMMU_FAULT(smmu, gbpa_without_update))
		write_config(smmu, reg, value & ~SMMU_GBPA_UPDATE);
}

static void write_irq_ctrl(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	store(smmu, reg, value);
	smmu->regs.irq_ctrlack = smmu->regs.irq_ctrl;
}

/* 6.3.21, 6.3.30: Guarded by the enable of their interrupt; then a write is IGNORED. */
static void write_gerror_msi(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	if (!(smmu->regs.irq_ctrl & SMMU_IRQ_CTRL_GERROR_IRQEN))
		store(smmu, reg, value);
}

static void write_evtq_msi(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	if (!(smmu->regs.irq_ctrl & SMMU_IRQ_CTRL_EVENTQ_IRQEN))
		store(smmu, reg, value);
}

static void write_priq_msi(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	if (!(smmu->regs.irq_ctrl & SMMU_IRQ_CTRL_PRIQ_IRQEN))
		store(smmu, reg, value);
}

/* 7.1, 7.2.1: an acknowledged error lets its queue go on. */
static void write_gerrorn(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	store(smmu, reg, value);
	smmu_stalls_evtq_changed(smmu);
	smmu_cmdq_run(smmu);
}

/* 6.3.26, 6.3.27: a smaller queue cuts the indexes down. */
static void write_cmdq_base(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t index = smmu_queue_mask(value, smmu->profile.cmdq_bits);

	store(smmu, reg, value);
	smmu->regs.cmdq_prod &= index;
	smmu->regs.cmdq_cons &= index | ~(uint32_t)SMMU_Q_INDEX;
}

static void write_evtq_base(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t keep = smmu_queue_mask(value, smmu->profile.evtq_bits) | (uint32_t)SMMU_Q_OVERFLOW;

	store(smmu, reg, value);
	smmu->regs.evtq_prod &= keep;
	smmu->regs.evtq_cons &= keep;
}

static void write_priq_base(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t keep = smmu_queue_mask(value, smmu->profile.priq_bits) | (uint32_t)SMMU_Q_OVERFLOW;

	store(smmu, reg, value);
	smmu->regs.priq_prod &= keep;
	smmu->regs.priq_cons &= keep;
}

/* 3.5.1, 6.3.28: index bits above the wrap bit read as zero. ERR is not ours to write. */
static void write_cmdq_index(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t index = smmu_queue_mask(smmu->regs.cmdq_base, smmu->profile.cmdq_bits);

	store(smmu, reg, (load(smmu, reg) & ~SMMU_Q_INDEX) | (value & index));
	smmu_cmdq_run(smmu);
}

static void write_evtq_index(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t index = smmu_queue_mask(smmu->regs.evtq_base, smmu->profile.evtq_bits);

	store(smmu, reg, value & (index | SMMU_Q_OVERFLOW));
	smmu_stalls_evtq_changed(smmu);
}

/* 8.1: nothing waits for room; the next page request finds it. */
static void write_priq_index(struct smmu *smmu, const struct reg *reg, uint64_t value)
{
	uint32_t index = smmu_queue_mask(smmu->regs.priq_base, smmu->profile.priq_bits);

	if (SMMU_FAULT(smmu, priq_wrap_lost))
		index >>= 1;
	store(smmu, reg, value & (index | SMMU_Q_OVERFLOW));
}

#define SLOT(offset) ((offset) / 4)
#define STATE(field) offsetof(struct smmu_regs, field)
#define SMMUEN	     SMMU_CR0_SMMUEN
#define CMDQEN	     SMMU_CR0_CMDQEN
#define EVENTQEN     SMMU_CR0_EVENTQEN
#define PRIQEN	     SMMU_CR0_PRIQEN
#define ERRORS                                                                                     \
	(SMMU_GERROR_CMDQ_ERR | SMMU_GERROR_EVENTQ_ABT_ERR | SMMU_GERROR_PRIQ_ABT_ERR |            \
	 SMMU_GERROR_SFM_ERR | MSI_ERRORS)
#define IRQS	(SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_PRIQ_IRQEN | SMMU_IRQ_CTRL_EVENTQ_IRQEN)
#define Q_BASE	(SMMU_Q_BASE_RWA | SMMU_Q_BASE_ADDR | SMMU_MASK(4, 0))
#define Q_INDEX (SMMU_Q_OVERFLOW | SMMU_Q_INDEX)

/*
 * Page 0. What is missing is RAZ/WI: IDR2, IDR4, IIDR, STATUSR, AGBPA are zero here.
 */
/* clang-format off */
static const struct reg page0[SLOT(0x100)] = {
	[SLOT(SMMU_REG_IDR0)] = { .bytes = 4, .identify = idr0 },
	[SLOT(SMMU_REG_IDR1)] = { .bytes = 4, .identify = idr1 },
	[SLOT(SMMU_REG_IDR3)] = { .bytes = 4, .identify = idr3 },
	[SLOT(SMMU_REG_IDR5)] = { .bytes = 4, .identify = idr5 },
	[SLOT(SMMU_REG_AIDR)] = { .bytes = 4, .identify = aidr },

	[SLOT(SMMU_REG_CR0)] = { 4, 0, STATE(cr0),
				 SMMUEN | PRIQEN | EVENTQEN | CMDQEN | SMMU_CR0_ATSCHK,
				 .absent = cr0_absent, .write = write_cr0 },
	[SLOT(SMMU_REG_CR0ACK)] = { .bytes = 4, .state = STATE(cr0ack) },
	[SLOT(SMMU_REG_CR1)] = { 4, 0, STATE(cr1), SMMU_CR1_TABLE_MASK | SMMU_CR1_QUEUE_MASK,
				 .write = write_cr1 },
	/* 6.3.12: E2H is permitted to be cached, so a change of it is one of configuration. */
	[SLOT(SMMU_REG_CR2)] = { 4, SMMUEN, STATE(cr2),
				 SMMU_CR2_REC_CFG_ATS | SMMU_CR2_RECINVSID | SMMU_CR2_E2H,
				 .absent = cr2_absent, .write = write_config },
	[SLOT(SMMU_REG_GBPA)] = { 4, 0, STATE(gbpa), SMMU_GBPA_UPDATE | SMMU_GBPA_ATTRIBUTES,
				  .write = write_gbpa },
	[SLOT(SMMU_REG_IRQ_CTRL)] = { 4, 0, STATE(irq_ctrl), IRQS,
				      .absent = irq_ctrl_absent, .write = write_irq_ctrl },
	[SLOT(SMMU_REG_IRQ_CTRLACK)] = { .bytes = 4, .state = STATE(irq_ctrlack) },
	[SLOT(SMMU_REG_GERROR)] = { .bytes = 4, .state = STATE(gerror) },
	[SLOT(SMMU_REG_GERRORN)] = { 4, 0, STATE(gerrorn), ERRORS,
				     .absent = gerrorn_absent, .write = write_gerrorn },
	[SLOT(SMMU_REG_GERROR_IRQ_CFG0)] = { 8, 0, STATE(gerror_irq_cfg0), SMMU_IRQ_CFG0_ADDR,
					     .absent = msi_addr_absent, .write = write_gerror_msi },
	[SLOT(SMMU_REG_GERROR_IRQ_CFG1)] = { 4, 0, STATE(gerror_irq_cfg1), SMMU_MASK(31, 0),
					     .absent = msi_absent, .write = write_gerror_msi },
	[SLOT(SMMU_REG_GERROR_IRQ_CFG2)] = { 4, 0, STATE(gerror_irq_cfg2), SMMU_IRQ_CFG2_ATTR,
					     .absent = msi_absent, .write = write_gerror_msi },

	[SLOT(SMMU_REG_STRTAB_BASE)] = { 8, SMMUEN, STATE(strtab_base),
					 SMMU_STRTAB_BASE_RA | SMMU_STRTAB_BASE_ADDR,
					 .absent = base_absent, .write = write_config },
	[SLOT(SMMU_REG_STRTAB_BASE_CFG)] = { 4, SMMUEN, STATE(strtab_base_cfg),
					     SMMU_MASK(17, 16) | SMMU_MASK(10, 0),
					     .absent = strtab_cfg_absent, .write = write_config },
	[SLOT(SMMU_REG_CMDQ_BASE)] = { 8, CMDQEN, STATE(cmdq_base), Q_BASE,
				       .absent = base_absent, .write = write_cmdq_base },
	[SLOT(SMMU_REG_CMDQ_PROD)] = { 4, 0, STATE(cmdq_prod), SMMU_Q_INDEX,
				       .write = write_cmdq_index },
	[SLOT(SMMU_REG_CMDQ_CONS)] = { 4, CMDQEN, STATE(cmdq_cons), SMMU_Q_INDEX,
				       .write = write_cmdq_index },
	[SLOT(SMMU_REG_EVENTQ_BASE)] = { 8, EVENTQEN, STATE(evtq_base), Q_BASE,
					 .absent = base_absent, .write = write_evtq_base },
	[SLOT(SMMU_REG_EVENTQ_IRQ_CFG0)] = { 8, 0, STATE(evtq_irq_cfg0), SMMU_IRQ_CFG0_ADDR,
					     .absent = msi_addr_absent, .write = write_evtq_msi },
	[SLOT(SMMU_REG_EVENTQ_IRQ_CFG1)] = { 4, 0, STATE(evtq_irq_cfg1), SMMU_MASK(31, 0),
					     .absent = msi_absent, .write = write_evtq_msi },
	[SLOT(SMMU_REG_EVENTQ_IRQ_CFG2)] = { 4, 0, STATE(evtq_irq_cfg2), SMMU_IRQ_CFG2_ATTR,
					     .absent = msi_absent, .write = write_evtq_msi },
	[SLOT(SMMU_REG_PRIQ_BASE)] = { 8, PRIQEN, STATE(priq_base), Q_BASE,
				       .absent = priq_base_absent, .write = write_priq_base },
	[SLOT(SMMU_REG_PRIQ_IRQ_CFG0)] = { 8, 0, STATE(priq_irq_cfg0), SMMU_IRQ_CFG0_ADDR,
					   .absent = priq_msi_addr_absent,
					   .write = write_priq_msi },
	[SLOT(SMMU_REG_PRIQ_IRQ_CFG1)] = { 4, 0, STATE(priq_irq_cfg1), SMMU_MASK(31, 0),
					   .absent = priq_msi_absent, .write = write_priq_msi },
	[SLOT(SMMU_REG_PRIQ_IRQ_CFG2)] = { 4, 0, STATE(priq_irq_cfg2),
					   SMMU_PRIQ_CFG2_LO | SMMU_IRQ_CFG2_ATTR,
					   .absent = priq_cfg2_absent, .write = write_priq_msi },
};

static const struct reg evtq_prod = { 4, EVENTQEN, STATE(evtq_prod), Q_INDEX,
				      .write = write_evtq_index };
static const struct reg evtq_cons = { 4, 0, STATE(evtq_cons), Q_INDEX,
				      .write = write_evtq_index };
static const struct reg priq_prod = { 4, PRIQEN, STATE(priq_prod), Q_INDEX,
				      .absent = priq_absent, .write = write_priq_index };
static const struct reg priq_cons = { 4, 0, STATE(priq_cons), Q_INDEX,
				      .absent = priq_absent, .write = write_priq_index };
/* clang-format on */

/* The register that covers the word at `offset`; NULL: RAZ/WI. */
static const struct reg *find(uint32_t offset)
{
	const struct reg *reg;

	/* 6.2.1, 6.2.2: the indexes of the Event and PRI queues are on page 1 alone. */
	if (offset == SMMU_REG_EVENTQ_PROD)
		return &evtq_prod;
	if (offset == SMMU_REG_EVENTQ_CONS)
		return &evtq_cons;
	if (offset == SMMU_REG_PRIQ_PROD)
		return &priq_prod;
	if (offset == SMMU_REG_PRIQ_CONS)
		return &priq_cons;
	if (offset / 4 >= sizeof(page0) / sizeof(page0[0]))
		return NULL;
	reg = &page0[offset / 4];
	if (reg->bytes)
		return reg;
	/* The upper half of a 64-bit register. */
	if (offset % 8 == 4 && page0[offset / 4 - 1].bytes == 8)
		return &page0[offset / 4 - 1];
	return NULL;
}

static const struct reg *find_for(uint32_t offset, unsigned size)
{
	const struct reg *reg;

	if ((size != 4 && size != 8) || offset % size != 0)
		return NULL;
	reg = find(offset);
	/* 6.2: a 64-bit access to two 32-bit registers is RAZ/WI. */
	return reg && size <= reg->bytes ? reg : NULL;
}

uint64_t smmu_reg_read(struct smmu *smmu, uint32_t offset, unsigned size)
{
	const struct reg *reg = find_for(offset, size);
	uint64_t value;

	if (!reg)
		return 0;
	value = reg->identify ? reg->identify(&smmu->profile) : load(smmu, reg);
	if (size == 8)
		return value;
	return (uint32_t)(reg->bytes == 8 && offset % 8 == 4 ? value >> 32 : value);
}

void smmu_reg_write(struct smmu *smmu, uint32_t offset, unsigned size, uint64_t value)
{
	const struct reg *reg = find_for(offset, size);

	if (!reg || reg->mask == 0)
		return;
	/* 6.2: a Guarded register is read-only while its guard is set. */
	if (smmu->regs.cr0 & reg->guard &&
	    !(reg->guard == PRIQEN && SMMU_FAULT(smmu, priq_guard_missing)))
		return;
	if (reg->bytes == 8 && size == 4) {
		uint64_t old = load(smmu, reg);

		value = offset % 8 == 4 ? value << 32 | (uint32_t)old
					: (old & ~0xffffffffull) | (uint32_t)value;
	}
	value &= reg->mask;
	if (reg->absent)
		value &= ~reg->absent(&smmu->profile);
	if (reg->write)
		reg->write(smmu, reg, value);
	else
		store(smmu, reg, value);
}

void smmu_regs_reset(struct smmu *smmu)
{
	smmu->regs = (struct smmu_regs){
		/* 6.3.14: IMPLEMENTATION DEFINED; transactions pass with their own attributes. */
		.gbpa = (uint32_t)smmu_put(SMMU_GBPA_SHCFG, SMMU_GBPA_SHCFG_INCOMING),
	};
	smmu->cmdq_running = false;
}
