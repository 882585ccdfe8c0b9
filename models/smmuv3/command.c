/* SPDX-License-Identifier: MIT */
/*
 * Commands (chapter 4): validity, then an invalidation for whichever caches this SMMU models.
 *
 * Where the architecture lets an implementation do nothing (4.1.7 parameters out of range, 4.4
 * ASIDs and VMIDs wider than implemented), this one does nothing: that is what catches software
 * that relies on more.
 */
#include "address.h"
#include "command.h"
#include "vmsa.h"

enum command_feature { ALWAYS, NEEDS_ATS, NEEDS_HYP, NEEDS_PRI, NEEDS_STAGE2, NEEDS_STALL };

/* Which TLB entries a CMD_TLBI_* looks at (4.4.2, 4.4.3), and by what. BY_VA: or by IPA. */
enum tlbi_world { WORLD_NH, WORLD_EL2, WORLD_EL2_E2H, WORLD_EL2_ANY };
enum tlbi_scope { BY_NOTHING = 0, BY_ASID = 1, BY_VA = 2, BY_ASID_VA = 3 };

struct command_kind {
	struct smmu_command_result (*execute)(struct smmu *smmu, const struct command_kind *kind,
					      const struct smmu_command *command);
	uint64_t fields[SMMU_CMD_WORDS]; /* all bits that the command defines but the opcode */
	uint8_t feature;		 /* enum command_feature; without it: CERROR_ILL */
	uint8_t world;			 /* enum tlbi_world */
	uint8_t scope;			 /* enum tlbi_scope, a set */
};

static const struct smmu_command_result done = {.error = SMMU_CERROR_NONE};
static const struct smmu_command_result illegal = {.error = SMMU_CERROR_ILL};

static void invalidate(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	if (smmu->profile.cache == SMMU_CACHE_EXACT)
		smmu_caches_invalidate(smmu, inv);
	else if (smmu->profile.cache == SMMU_CACHE_WORST)
		smmu_worst_command(smmu, inv);
}

static bool sid_implemented(const struct smmu *smmu, uint32_t sid)
{
	return (uint64_t)sid >> smmu->profile.sid_bits == 0;
}

static bool ssid_implemented(const struct smmu *smmu, uint32_t ssid)
{
	return ssid >> smmu->profile.ssid_bits == 0;
}

static uint32_t command_sid(const struct smmu_command *command)
{
	return (uint32_t)smmu_get(command->word[0], SMMU_CMD0_SID);
}

static uint32_t command_ssid(const struct smmu_command *command)
{
	return (uint32_t)smmu_get(command->word[0], SMMU_CMD0_SSID);
}

static uint8_t command_opcode(const struct smmu_command *command)
{
	return (uint8_t)smmu_get(command->word[0], SMMU_CMD0_OPCODE);
}

/* 4.2: nothing needs to be prefetched, and whatever could be counts as held already. */
static struct smmu_command_result prefetch(struct smmu *smmu, const struct command_kind *kind,
					   const struct smmu_command *command)
{
	(void)smmu;
	(void)kind;
	(void)command;
	return done;
}

/* 4.3.1, 4.3.3, 4.3.4: one STE with its CDs, one CD, or all CDs of a stream. */
static struct smmu_command_result cfgi(struct smmu *smmu, const struct command_kind *kind,
				       const struct smmu_command *command)
{
	struct smmu_invalidation inv = {
		.opcode = command_opcode(command),
		.sid = command_sid(command),
	};

	if (kind->fields[1] & SMMU_CMD1_LEAF)
		inv.leaf = command->word[1] & SMMU_CMD1_LEAF;
	/* 4.3.3: SubstreamID is an index, valid without SSV. */
	if (inv.opcode == SMMU_CMD_CFGI_CD)
		inv.ssid = command_ssid(command);
	if (inv.opcode == SMMU_CMD_CFGI_CD && SMMU_FAULT(smmu, cfgi_cd_ignored))
		return done;
	if (SMMU_FAULT(smmu, cfgi_keeps_level_1))
		inv.leaf = true;
	if (sid_implemented(smmu, inv.sid) && ssid_implemented(smmu, inv.ssid))
		invalidate(smmu, &inv);
	return done;
}

/* 4.3.2: an aligned range of 2^(Range + 1) StreamIDs; 31 is CMD_CFGI_ALL (4.3.6). */
static struct smmu_command_result cfgi_range(struct smmu *smmu, const struct command_kind *kind,
					     const struct smmu_command *command)
{
	unsigned range = (unsigned)smmu_get(command->word[1], SMMU_CMD1_RANGE);
	struct smmu_invalidation inv = {
		.opcode = command_opcode(command),
		.sid = (uint32_t)(command_sid(command) & ~((2ull << range) - 1)),
		.range = (uint8_t)range,
	};

	(void)kind;
	if (range && range < SMMU_CMD1_RANGE_ALL && SMMU_FAULT(smmu, cfgi_range_halved))
		inv.range--;
	if (sid_implemented(smmu, inv.sid))
		invalidate(smmu, &inv);
	return done;
}

/* 4.4: ASIDs and VMIDs have 8 or 16 bits; without stage 2 there is only VMID 0 (4.4.2). */
static bool asid_implemented(const struct smmu *smmu, uint16_t asid)
{
	return asid >> (smmu->profile.asid_bits - 1) >> 1 == 0;
}

static bool vmid_implemented(const struct smmu *smmu, uint16_t vmid)
{
	if (!smmu->profile.stage2)
		return vmid == 0;
	return smmu->profile.vmid_bits == 16 || vmid >> 8 == 0;
}

static uint8_t tlbi_regime(const struct smmu *smmu, uint8_t world)
{
	if (world == WORLD_NH)
		return SMMU_REGIME_NS_EL1;
	/* 4.4.2.8, 4.4.2.9: VA and VAA follow CR2.E2H; 4.4.2.10: ASID is always EL2-E2H. */
	if (world == WORLD_EL2_E2H || smmu->regs.cr2 & SMMU_CR2_E2H)
		return SMMU_REGIME_EL2_E2H;
	return SMMU_REGIME_EL2;
}

/* 4.4.1.1: what the range and level fields of a TLBI by address say. */
struct tlbi_range {
	bool reserved; /* CERROR_ILL */
	bool nothing;  /* no entry has to go */
	uint8_t ttl;
	uint8_t tg; /* log2 of the granule; 0: any */
	uint64_t size;
};

static struct tlbi_range tlbi_range(const struct smmu *smmu, const struct smmu_command *command)
{
	uint64_t w0 = command->word[0], w1 = command->word[1], va = w1 & SMMU_CMD1_ADDR;
	unsigned tg = (unsigned)smmu_get(w1, SMMU_CMD1_TG);
	unsigned ttl = (unsigned)smmu_get(w1, SMMU_CMD1_TTL);
	uint64_t num = smmu_get(w0, SMMU_CMD0_NUM), scale = smmu_get(w0, SMMU_CMD0_SCALE);
	struct tlbi_range range = {.size = 4096};

	/* Without RIL all of them are RES0, and so are the others where there is no granule. */
	if (!smmu->profile.range_inv || tg == SMMU_CMD1_TG_ANY) {
		range.reserved = tg || ttl || num || scale;
		return range;
	}
	/* IDR5.DS = 0: behaves as no hint. */
	if (tg == SMMU_CMD1_TG_16K && ttl == 1)
		ttl = 0;
	range.reserved = !num && !scale && !ttl;
	range.tg = (uint8_t)(10 + 2 * tg);
	/* An address that is not that of an entry of the level: UNPREDICTABLE, so count on nothing. */
	range.nothing = !smmu_granule_supported(smmu, range.tg) ||
			va & smmu_low_bits(smmu_level_shift(range.tg, ttl ? ttl : 3));
	range.ttl = (uint8_t)ttl;
	if (ttl && SMMU_FAULT(smmu, tlbi_ttl_off_by_one))
		range.ttl--;
	if (SMMU_FAULT(smmu, tlbi_scale_ignored))
		scale = 0;
	range.size = (num + 1) << scale << (SMMU_FAULT(smmu, tlbi_range_4k) ? 12 : range.tg);
	if (range.size >> range.tg > 1 && SMMU_FAULT(smmu, tlbi_range_one_short))
		range.size -= 1ull << range.tg;
	/* A range does not wrap. */
	if (va && range.size > 0 - va)
		range.size = 0 - va;
	return range;
}

/* 4.4.2, 4.4.3: whose entries. False: none that could be there. */
static bool tlbi_owner(const struct smmu *smmu, const struct command_kind *kind,
		       const struct smmu_command *command, struct smmu_invalidation *inv)
{
	uint16_t vmid = (uint16_t)smmu_get(command->word[0], SMMU_CMD0_VMID);

	inv->regime = tlbi_regime(smmu, kind->world);
	if (!vmid_implemented(smmu, vmid))
		return false;
	inv->vmid = SMMU_FAULT(smmu, tlbi_vmid_ignored) ? 0 : vmid;
	/* 4.4.2.8: EL2 without E2H has no ASIDs. */
	if (kind->scope & BY_ASID && inv->regime != SMMU_REGIME_EL2)
		inv->asid = (uint16_t)smmu_get(command->word[0], SMMU_CMD0_ASID);
	return asid_implemented(smmu, inv->asid);
}

static struct smmu_command_result tlbi(struct smmu *smmu, const struct command_kind *kind,
				       const struct smmu_command *command)
{
	struct smmu_invalidation inv = {.opcode = command_opcode(command)};
	struct tlbi_range range = {0};

	if (kind->scope & BY_VA)
		range = tlbi_range(smmu, command);
	if (range.reserved)
		return illegal;
	if (range.nothing || !tlbi_owner(smmu, kind, command, &inv) ||
	    (kind->scope == BY_ASID && SMMU_FAULT(smmu, tlbi_asid_ignored)))
		return done;
	if (kind->scope & BY_VA) {
		inv.va = command->word[1] & SMMU_CMD1_ADDR;
		inv.leaf = command->word[1] & SMMU_CMD1_LEAF || SMMU_FAULT(smmu, tlbi_keeps_tables);
		inv.size = range.size;
		inv.ttl = range.ttl;
		inv.tg = range.tg;
		if (SMMU_FAULT(smmu, tlbi_address_32_bits))
			inv.va = (uint32_t)inv.va;
	}
	if (kind->world == WORLD_EL2_ANY) {
		/* 4.4.2.7: EL2_ALL takes the entries with and without ASIDs. */
		inv.regime = SMMU_REGIME_EL2;
		invalidate(smmu, &inv);
		inv.regime = SMMU_REGIME_EL2_E2H;
	}
	invalidate(smmu, &inv);
	return done;
}

/* 4.5.1, 4.5.2: with SSV where there are no PASIDs the command may have no effect; 4.1.7. */
static bool endpoint_named(const struct smmu *smmu, uint32_t sid, bool ssv, uint32_t ssid)
{
	if (ssv && smmu->profile.ssid_bits == 0)
		return false;
	return sid_implemented(smmu, sid) && ssid_implemented(smmu, ssid);
}

/* False: a time-out (3.9.1.4). */
static bool endpoint_completes(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_atc_inv request = {
		.sid = inv->sid,
		.ssv = inv->ssv,
		.global = inv->global,
		.ssid = inv->ssid,
		.va = inv->va,
		.size = inv->size,
	};

	return !smmu->bus.atc_inv || smmu->bus.atc_inv(smmu->bus.ctx, &request);
}

/* 4.5.1 */
static struct smmu_command_result atc_inv(struct smmu *smmu, const struct command_kind *kind,
					  const struct smmu_command *command)
{
	unsigned log2_pages = (unsigned)smmu_get(command->word[1], SMMU_CMD1_SIZE);
	struct smmu_invalidation inv = {
		.opcode = command_opcode(command),
		.sid = command_sid(command),
		.ssv = command->word[0] & SMMU_CMD0_SSV,
	};

	(void)kind;
	if (log2_pages > SMMU_CMD1_SIZE_ALL)
		return illegal;
	/* Illegal goes first (4.1.3); then the command is IGNORED while SMMUEN = 0. */
	if (!(smmu->regs.cr0 & SMMU_CR0_SMMUEN) && !SMMU_FAULT(smmu, atc_inv_while_disabled))
		return done;
	if (log2_pages < SMMU_CMD1_SIZE_ALL) {
		inv.size = 4096ull << log2_pages;
		inv.va = command->word[1] & ~(inv.size - 1);
		if (SMMU_FAULT(smmu, atc_inv_one_page))
			inv.size = 4096;
	}
	if (inv.ssv) {
		inv.ssid = command_ssid(command);
		if (SMMU_FAULT(smmu, atc_inv_wrong_pasid))
			inv.ssid++;
		inv.global = command->word[0] & SMMU_CMD0_GLOBAL;
	}
	if (!endpoint_named(smmu, inv.sid, inv.ssv, inv.ssid))
		return done;
	/* 3.9.1.4: what the endpoint never completed is invalidated nowhere. */
	if (endpoint_completes(smmu, &inv))
		invalidate(smmu, &inv);
	else
		smmu->regs.atc_inv_failed = true;
	return done;
}

/* 4.5.2 */
static struct smmu_command_result pri_resp(struct smmu *smmu, const struct command_kind *kind,
					   const struct smmu_command *command)
{
	unsigned resp = (unsigned)smmu_get(command->word[1], SMMU_PRI1_RESP);
	bool ssv = command->word[0] & SMMU_CMD0_SSV;
	struct smmu_prg_response response = {
		.sid = command_sid(command),
		.ssv = ssv,
		.ssid = ssv ? command_ssid(command) : 0,
		.prg = (uint16_t)smmu_get(command->word[1], SMMU_PRI1_PRG),
	};

	(void)kind;
	if (resp > SMMU_PRI_SUCCESS)
		return illegal;
	/* Illegal goes first (4.1.3); then the command is IGNORED while SMMUEN = 0. */
	if (!(smmu->regs.cr0 & SMMU_CR0_SMMUEN))
		return done;
	if (endpoint_named(smmu, response.sid, ssv, response.ssid))
		smmu_pri_respond(smmu, &response, resp);
	return done;
}

/* 4.7.3: everything before it is complete; here it was executed when it was consumed. */
static struct smmu_command_result sync(struct smmu *smmu, const struct command_kind *kind,
				       const struct smmu_command *command)
{
	unsigned signal = (unsigned)smmu_get(command->word[0], SMMU_SYNC0_CS);

	(void)kind;
	if (signal == SMMU_SYNC_RESERVED)
		return illegal;
	/* 4.1.6: [55:52] are RES0 up to SMMUv3.3. But for SIG_IRQ with MSIs the address is IGNORED. */
	if (signal == SMMU_SYNC_IRQ && smmu->profile.msi && command->word[1] & SMMU_MASK(55, 52))
		return illegal;
	/* The error is reported once: a CMD_SYNC after it waits for what was issued since (4.7.3). */
	if (smmu->regs.atc_inv_failed) {
		smmu->regs.atc_inv_failed = false;
		if (!SMMU_FAULT(smmu, sync_hides_timeout))
			return (struct smmu_command_result){.error = SMMU_CERROR_ATC_INV_SYNC};
	}
	smmu->counters.syncs++;
	if (smmu->profile.cache == SMMU_CACHE_WORST)
		smmu_worst_sync(smmu);
	/* 4.7.3: without IDR0.SEV, SIG_SEV is SIG_NONE. */
	return (struct smmu_command_result){
		.signal_irq = signal == SMMU_SYNC_IRQ,
		.signal_event = signal == SMMU_SYNC_SEV && smmu->profile.sev,
		.msi_addr = command->word[1] & SMMU_SYNC1_MSIADDR,
		.msi_data = (uint32_t)smmu_get(command->word[0], SMMU_SYNC0_MSIDATA),
	};
}

/* 4.7.1. Ab = 0 asks for RAZ/WI, which is an abort for the model, as it is for CD.A. */
static struct smmu_command_result resume(struct smmu *smmu, const struct command_kind *kind,
					 const struct smmu_command *command)
{
	(void)kind;
	smmu_stall_resume(smmu, command_sid(command),
			  (uint16_t)smmu_get(command->word[1], SMMU_RESUME1_STAG),
			  command->word[0] & SMMU_RESUME0_RETRY);
	return done;
}

/* 4.7.2 */
static struct smmu_command_result stall_term(struct smmu *smmu, const struct command_kind *kind,
					     const struct smmu_command *command)
{
	(void)kind;
	smmu_stall_terminate(smmu, command_sid(command));
	return done;
}

#define SID	    SMMU_MASK(63, 32)
#define SSID	    SMMU_MASK(31, 12)
#define VMID	    SMMU_MASK(47, 32)
#define ASID	    SMMU_MASK(63, 48)
#define ADDR	    SMMU_CMD1_ADDR
#define LEAF	    SMMU_CMD1_LEAF
#define RANGE	    (SMMU_MASK(24, 20) | SMMU_MASK(16, 12))   /* SCALE, NUM (4.4.1.1) */
#define VA	    (ADDR | SMMU_MASK(11, 8) | LEAF)	      /* with TG, TTL */
#define IPA	    (SMMU_CMD1_IPA | SMMU_MASK(11, 8) | LEAF) /* [55:52] are RES0 (4.1.6) */
#define GROUP	    (SMMU_MASK(13, 12) | SMMU_MASK(8, 0))     /* Resp, PRGIndex (4.5.2) */
#define ANSWER	    (SMMU_RESUME0_RETRY | SMMU_RESUME0_ABORT)
#define STAG	    SMMU_MASK(15, 0)
#define STREAM	    (SID | SSID | SMMU_CMD0_SSV)
#define SIZE	    SMMU_MASK(5, 0) /* of CMD_ATC_INV (4.5.1) */
#define SIZE_STRIDE SMMU_MASK(9, 0) /* of CMD_PREFETCH_ADDR (4.2.2) */
#define SYNC_SIGNAL (SMMU_MASK(13, 12) | SMMU_MASK(27, 22) | SMMU_MASK(63, 32))

/* SSec is in no mask: on the Non-secure queue it is always illegal (4.1.6). */
/* clang-format off */
static const struct command_kind kinds[] = {
	[SMMU_CMD_PREFETCH_CONFIG] = { prefetch,   { STREAM, 0 },                   ALWAYS, 0, 0 },
	[SMMU_CMD_PREFETCH_ADDR]   = { prefetch,   { STREAM, ADDR | SIZE_STRIDE },  ALWAYS, 0, 0 },
	[SMMU_CMD_CFGI_STE]        = { cfgi,       { SID, LEAF },                   ALWAYS, 0, 0 },
	[SMMU_CMD_CFGI_STE_RANGE]  = { cfgi_range, { SID, SMMU_MASK(4, 0) },        ALWAYS, 0, 0 },
	[SMMU_CMD_CFGI_CD]         = { cfgi,       { SID | SSID, LEAF },            ALWAYS, 0, 0 },
	[SMMU_CMD_CFGI_CD_ALL]     = { cfgi,       { SID, 0 },                      ALWAYS, 0, 0 },

	[SMMU_CMD_TLBI_NH_ALL]   = { tlbi, { VMID, 0 },          ALWAYS, WORLD_NH, BY_NOTHING },
	[SMMU_CMD_TLBI_NH_ASID]  = { tlbi, { VMID | ASID, 0 },   ALWAYS, WORLD_NH, BY_ASID },
	[SMMU_CMD_TLBI_NH_VA]    = { tlbi, { VMID | ASID | RANGE, VA }, ALWAYS, WORLD_NH, BY_ASID_VA },
	[SMMU_CMD_TLBI_NH_VAA]   = { tlbi, { VMID | RANGE, VA }, ALWAYS, WORLD_NH, BY_VA },
	/* 4.4.4.1: all stages of everything but EL2, whatever the VMID. */
	[SMMU_CMD_TLBI_NSNH_ALL] = { tlbi, { 0, 0 },             ALWAYS, WORLD_NH, BY_NOTHING },

	[SMMU_CMD_TLBI_EL2_ALL]  = { tlbi, { 0, 0 },             NEEDS_HYP, WORLD_EL2_ANY, BY_NOTHING },
	[SMMU_CMD_TLBI_EL2_ASID] = { tlbi, { ASID, 0 },          NEEDS_HYP, WORLD_EL2_E2H, BY_ASID },
	[SMMU_CMD_TLBI_EL2_VA]   = { tlbi, { ASID | RANGE, VA }, NEEDS_HYP, WORLD_EL2, BY_ASID_VA },
	[SMMU_CMD_TLBI_EL2_VAA]  = { tlbi, { RANGE, VA },        NEEDS_HYP, WORLD_EL2, BY_VA },

	[SMMU_CMD_TLBI_S12_VMALL] = { tlbi, { VMID, 0 },           NEEDS_STAGE2, WORLD_NH, BY_NOTHING },
	[SMMU_CMD_TLBI_S2_IPA]    = { tlbi, { VMID | RANGE, IPA }, NEEDS_STAGE2, WORLD_NH, BY_VA },

	[SMMU_CMD_ATC_INV] = { atc_inv, { STREAM | SMMU_CMD0_GLOBAL, ADDR | SIZE }, NEEDS_ATS, 0, 0 },
	[SMMU_CMD_PRI_RESP]   = { pri_resp,   { STREAM, GROUP },         NEEDS_PRI, 0, 0 },
	[SMMU_CMD_RESUME]     = { resume,     { SID | ANSWER, STAG },    NEEDS_STALL, 0, 0 },
	[SMMU_CMD_STALL_TERM] = { stall_term, { SID, 0 },                NEEDS_STALL, 0, 0 },
	[SMMU_CMD_SYNC] = { sync, { SYNC_SIGNAL, SMMU_SYNC1_MSIADDR },   ALWAYS, 0, 0 },
};
/* clang-format on */

static bool feature_present(const struct smmu *smmu, uint8_t feature)
{
	switch (feature) {
	case NEEDS_ATS:
		return smmu->profile.ats;
	case NEEDS_HYP:
		return smmu->profile.hyp;
	case NEEDS_PRI:
		return smmu->profile.pri;
	case NEEDS_STAGE2:
		return smmu->profile.stage2;
	case NEEDS_STALL:
		return smmu->profile.stall_model != SMMU_STALL_NONE;
	default:
		return true;
	}
}

struct smmu_command_result smmu_command_execute(struct smmu *smmu,
						const struct smmu_command *command)
{
	uint8_t opcode = command_opcode(command);
	const struct command_kind *kind;

	if (opcode >= sizeof(kinds) / sizeof(kinds[0]))
		return illegal;
	kind = &kinds[opcode];
	if (!kind->execute)
		return illegal;
	if (!feature_present(smmu, kind->feature))
		return illegal;
	if (command->word[0] & ~(kind->fields[0] | SMMU_MASK(7, 0)) ||
	    command->word[1] & ~kind->fields[1])
		return illegal;
	return kind->execute(smmu, kind, command);
}
