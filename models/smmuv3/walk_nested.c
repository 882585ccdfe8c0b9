/* SPDX-License-Identifier: MIT */
/*
 * Both stages of translation for one request (3.4, 7.3.22): every address that stage 1 reads is an
 * IPA, and so is what it yields. With HTTU the descriptors that an access used are updated (3.13):
 * those under a stage-1 table as the table is read, the others once no fault can come any more.
 */
#include "walk.h"

/* A descriptor that others keep changing under an update is given up after so many walks. */
enum { MAX_TRIES = 8 };

struct nest {
	struct smmu *smmu;
	const struct smmu_s1 *s1; /* NULL: bypassed */
	const struct smmu_s2 *s2;
	const struct smmu_request *request;
	uint64_t desc_ipa; /* of the last stage-1 descriptor */
	bool update;
	bool race; /* a descriptor changed between walk and update: walk again */
};

/* HTTU of one leaf. False: walk->event, or nest->race. `class` is that of a stage-2 fault. */
static bool update_leaf(struct nest *nest, struct smmu_walk *walk, bool stage2, bool dirty,
			uint8_t class)
{
	switch (smmu_httu_leaf(nest->smmu, walk, stage2, dirty, nest->update)) {
	case HTTU_DONE:
		return true;
	case HTTU_RACE:
		nest->race = true;
		break;
	case HTTU_ABORT:
		break;
	}
	/* 7.3.12: an abort on the update is one of the walk; what a race leaves if it never ends. */
	walk_fault(walk, SMMU_F_WALK_EABT,
		   stage2 ? SMMU_CAUSE_s2_update_abort : SMMU_CAUSE_s1_update_abort,
		   stage2 ? class : SMMU_CLASS_TT);
	walk->s2 = stage2;
	return false;
}

/* Stage 2 for an access of the SMMU itself, to a stage-1 descriptor or a structure; no update. */
static struct smmu_walk own_access(const struct nest *nest, uint64_t ipa, bool write, uint8_t class)
{
	struct smmu_walk walk = smmu_walk_s2(nest->smmu, nest->s2, ipa);
	/* MemAttr[3:2] = 0b00 is Device memory of any type (Arm ARM D8.6). */
	bool device = !(walk.desc & SMMU_MASK(5, 4));

	walk.fault_class = class;
	if (walk.event)
		return walk;
	/* 7.3.16: such an access is Data. */
	walk.event = smmu_walk_permit_s2(&walk, write ? SMMU_S2_WRITE : SMMU_S2_READ, false,
					 &walk.cause);
	/* 5.2 S2PTW */
	if (!walk.event && nest->s2->ptw && device && !SMMU_FAULT(nest->smmu, s2ptw_ignored)) {
		walk.event = SMMU_F_PERMISSION;
		walk.cause = SMMU_CAUSE_s2_perm_ptw;
	}
	walk.s2 = walk.event;
	walk.tt_write = write;
	return walk;
}

/* Stage 1 whose tables are in IPA space. */
static struct smmu_walk walk_s1_nested(struct nest *nest)
{
	struct smmu *smmu = nest->smmu;
	struct smmu_walk walk = {0};
	struct s1_walker walker;
	bool root = true;

	if (!smmu_s1_begin(nest->s1, nest->request->addr, &walker, &walk))
		return walk;
	do {
		struct smmu_walk under;

		walk.level = walker.level;
		nest->desc_ipa = smmu_s1_entry(smmu, &walker);
		under = own_access(nest, nest->desc_ipa, false, SMMU_CLASS_TT);
		/* 3.13.2: the fetch is an access to the page of the table. */
		if (under.event || !update_leaf(nest, &under, true, false, SMMU_CLASS_TT))
			return under;
		walk.fetch_addr = under.pa;
		if (root && SMMU_FAULT(smmu, nested_root_is_physical))
			walk.fetch_addr = nest->desc_ipa;
		root = false;
		if (!smmu_mem_read(smmu, walk.fetch_addr, &walk.desc)) {
			walk_fault(&walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_walk_abort,
				   SMMU_CLASS_TT);
			return walk;
		}
	} while (smmu_s1_step(smmu, nest->s1, &walker, &walk));
	return walk;
}

/* A stage that is bypassed: every right, the address as it came. */
static struct smmu_walk bypassed(uint64_t addr)
{
	return (struct smmu_walk){.pa = addr,
				  .size = 1ull << 63,
				  .contiguous = true,
				  .user_read = true,
				  .user_write = true,
				  .user_exec = true,
				  .priv_read = true,
				  .priv_write = true,
				  .priv_exec = true};
}

static struct smmu_walk stage1(struct nest *nest)
{
	struct smmu_walk walk;

	if (nest->s1)
		return nest->s2->on ? walk_s1_nested(nest)
				    : smmu_walk(nest->smmu, nest->s1, nest->request->addr);
	walk = bypassed(nest->request->addr);
	/* 3.4: beyond the IAS, which is the OAS without VMSAv8-32. */
	if (smmu_exceeds(walk.pa, nest->smmu->profile.oas_bits))
		walk_fault(&walk, SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas, SMMU_CLASS_IN);
	return walk;
}

/* Is `write`, or else a read, of this request permitted by one stage? The event of a fault or 0. */
static uint8_t permit(const struct nest *nest, const struct smmu_walk *walk, bool stage2,
		      bool write, uint8_t *cause)
{
	struct smmu_request request = *nest->request;
	bool inst;

	request.write = write;
	/* 13.7.1: what a completion grants is R and W; execution alone grants nothing. */
	if (request.kind == SMMU_ATS_REQUEST && nest->s1)
		request.instruction = false;
	if (!stage2)
		return nest->s1 ? smmu_walk_permit_why(nest->s1, walk, &request, cause) : 0;
	inst = !write && request.instruction;
	if (nest->s1) {
		request.privileged = smmu_override(nest->s1->priv, request.privileged);
		inst = !write && smmu_override(nest->s1->inst, request.instruction);
	}
	return smmu_walk_permit_s2(walk,
				   write  ? SMMU_S2_WRITE
				   : inst ? SMMU_S2_EXEC
					  : SMMU_S2_READ,
				   request.privileged, cause);
}

/* Why an ATS request is not granted R, or W, by one stage; 0: it is. */
static uint8_t refusal(const struct nest *nest, const struct smmu_walk *walk, bool stage2,
		       bool write)
{
	uint8_t cause;

	if (permit(nest, walk, stage2, write, &cause))
		return cause;
	/* 13.7: NW == 1 leaves a writable-clean page as it is, and then W is not granted. */
	if (write && walk->dirty_write && !nest->request->write)
		return stage2 ? SMMU_CAUSE_s2_perm_write : SMMU_CAUSE_s1_perm_write;
	return SMMU_CAUSE_NONE;
}

/*
 * F_PERMISSION in `walk` where the request may not go on. 3.9.1.2: an ATS request may with any right,
 * and those of stage 1 (`before`) count at stage 2.
 */
static bool check(const struct nest *nest, struct smmu_walk *walk, bool stage2,
		  const struct smmu_walk *before)
{
	uint8_t cause, read, write;

	if (nest->request->kind != SMMU_ATS_REQUEST) {
		if (!permit(nest, walk, stage2, nest->request->write, &cause))
			return true;
	} else {
		read = refusal(nest, walk, stage2, false);
		write = refusal(nest, walk, stage2, true);
		if (!read && !(before && refusal(nest, before, false, false)))
			return true;
		if (!write && !(before && refusal(nest, before, false, true)))
			return true;
		cause = read ? read : write;
	}
	walk_fault(walk, SMMU_F_PERMISSION, cause, SMMU_CLASS_IN);
	walk->s2 = stage2;
	return false;
}

/* Does the request write, as far as this stage lets it? Only that marks a page dirty (3.13.7.1). */
static bool writes(const struct nest *nest, const struct smmu_walk *walk, bool stage2)
{
	uint8_t cause;

	return nest->request->write && !permit(nest, walk, stage2, true, &cause);
}

/* 3.13.5: the update of a stage-1 descriptor is a write to its IPA. */
static struct smmu_walk check_update(const struct nest *nest, const struct smmu_walk *walk,
				     bool dirty)
{
	if (!nest->s2->on || !(walk->needs_af || (dirty && walk->dirty_write)))
		return (struct smmu_walk){0};
	return own_access(nest, nest->desc_ipa, true, SMMU_CLASS_TT);
}

/* HTTU of the leaves of both stages. On failure the fault is in *one. */
static bool commit(struct nest *nest, struct smmu_walk *one, struct smmu_walk *two, bool dirty)
{
	struct smmu_walk under = check_update(nest, one, dirty);
	bool ok = !under.event;

	if (ok && under.size)
		ok = update_leaf(nest, &under, true, true, SMMU_CLASS_TT);
	if (!ok) {
		*one = under;
		return false;
	}
	if (nest->s1 && !update_leaf(nest, one, false, dirty, SMMU_CLASS_TT))
		return false;
	if (nest->s2->on && !update_leaf(nest, two, true, dirty, SMMU_CLASS_IN)) {
		*one = *two;
		return false;
	}
	return true;
}

/* What one access sees of both stages. */
static struct smmu_walk combine(const struct nest *nest, const struct smmu_walk *one,
				const struct smmu_walk *two)
{
	struct smmu_walk walk = *one;

	/* 5.4 PAN asks for what stage 1 says, which the rights of both do not tell any more. */
	if (nest->s1 && nest->s1->pan && one->user_read)
		walk.priv_read = walk.priv_write = false;
	if (!nest->s1)
		walk = *two;
	walk.ipa = one->pa;
	walk.pa = two->pa;
	/* 13.6.3: the intersection. */
	if (two->size < one->size && !SMMU_FAULT(nest->smmu, nested_size_of_stage_1))
		walk.size = two->size;
	walk.contiguous = one->contiguous && two->contiguous;
	walk.dirty_write = one->dirty_write || two->dirty_write;
	walk.user_read &= two->user_read;
	walk.user_write &= two->user_write;
	walk.user_exec &= two->user_exec;
	walk.priv_read &= two->priv_read;
	walk.priv_write &= two->priv_write;
	walk.priv_exec &= two->priv_exec;
	return walk;
}

static struct smmu_walk attempt(struct nest *nest)
{
	struct smmu_walk one = stage1(nest), two, under;
	bool dirty;

	if (one.event || !check(nest, &one, false, NULL))
		return one;
	dirty = writes(nest, &one, false);
	/* 7.3.22: it comes before the faults of the output. For ATS that shows nowhere, and the output
	 * may yet decide that nothing becomes dirty (3.13.7.1). */
	if (nest->request->kind != SMMU_ATS_REQUEST) {
		under = check_update(nest, &one, dirty);
		if (under.event)
			return under;
	}
	two = nest->s2->on ? smmu_walk_s2(nest->smmu, nest->s2, one.pa) : bypassed(one.pa);
	if (two.event)
		return two;
	if (nest->s2->on && !check(nest, &two, true, nest->s1 ? &one : NULL))
		return two;
	dirty = dirty && (!nest->s2->on || writes(nest, &two, true));
	if (!commit(nest, &one, &two, dirty))
		return one;
	return nest->s2->on ? combine(nest, &one, &two) : one;
}

struct smmu_walk smmu_walk_both(struct smmu *smmu, const struct smmu_s1 *s1,
				const struct smmu_s2 *s2, const struct smmu_request *request,
				bool update)
{
	struct nest nest = {.smmu = smmu, .s1 = s1, .s2 = s2, .request = request, .update = update};
	struct smmu_walk walk;

	/* Without stage 2 and HTTU nothing below is needed. */
	if (s1 && !s2->on && !s1->ha && request->kind != SMMU_ATS_REQUEST) {
		walk = smmu_walk(smmu, s1, request->addr);
		if (!walk.event)
			walk.event = smmu_walk_permit_why(s1, &walk, request, &walk.cause);
		if (walk.event == SMMU_F_PERMISSION)
			walk.fault_class = SMMU_CLASS_IN;
		return walk;
	}
	for (unsigned i = 0; i < MAX_TRIES; i++) {
		nest.race = false;
		walk = attempt(&nest);
		if (!nest.race)
			break;
	}
	return walk;
}

struct smmu_walk smmu_fetch_s2(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			       bool update)
{
	struct nest nest = {.smmu = smmu, .s2 = s2, .update = update};
	struct smmu_walk walk;

	for (unsigned i = 0; i < MAX_TRIES; i++) {
		nest.race = false;
		walk = own_access(&nest, ipa, false, SMMU_CLASS_CD);
		/* 3.13.3.1: AF only, never the dirty state. */
		if (walk.event || update_leaf(&nest, &walk, true, false, SMMU_CLASS_CD) ||
		    !nest.race)
			break;
	}
	if (walk.event)
		return walk;
	walk.fetch_addr = walk.pa;
	if (!smmu_mem_read(smmu, walk.pa, &walk.desc))
		walk_fault(&walk, SMMU_F_CD_FETCH, SMMU_CAUSE_cd_fetch, SMMU_CLASS_CD);
	return walk;
}
