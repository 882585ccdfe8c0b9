/* SPDX-License-Identifier: MIT */
/*
 * Contract: of the faults that a transaction could have, the first of 7.3.22 is the one that it has
 * (3.9.1.3 for Translated traffic). Everything is broken, and mended one by one.
 * Run: ctest -R smmuv3.test_priority
 */
#include "flow_scene.h"

/* Memory that says something else than it should, and what is reported while it does. */
struct defect {
	uint64_t pa, broken;
	uint64_t bad_pa; /* not memory but a read that aborts */
	uint8_t event, cause;
	bool s2;
};

enum { MAX_DEFECTS = 40 };

struct defects {
	unsigned count;
	struct defect defect[MAX_DEFECTS];
};

/* Defects are added in the order in which they must show. */
static void add(struct defects *all, struct defect defect)
{
	assert_true(all->count < MAX_DEFECTS);
	all->defect[all->count++] = defect;
}

/* 7.3.22: what one stage-2 walk can meet, on its last level. */
static void add_stage2(struct scene *scene, struct defects *all, uint64_t page, uint64_t right,
		       uint8_t right_cause)
{
	uint64_t pa = s2_entry(scene, page), whole = look(scene, pa);

	add(all, (struct defect){.bad_pa = pa,
				 .event = SMMU_F_WALK_EABT,
				 .cause = SMMU_CAUSE_s2_walk_abort,
				 .s2 = true});
	add(all, (struct defect){pa, 0, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid, true});
	add(all, (struct defect){pa, (whole | BEYOND) & ~(S2_AF | right), 0, SMMU_F_ADDR_SIZE,
				 SMMU_CAUSE_s2_output_size, true});
	add(all, (struct defect){pa, whole & ~(S2_AF | right), 0, SMMU_F_ACCESS,
				 SMMU_CAUSE_s2_access_flag, true});
	add(all, (struct defect){pa, whole & ~right, 0, SMMU_F_PERMISSION, right_cause, true});
}

static void add_stage1_leaf(struct scene *scene, struct defects *all)
{
	uint64_t pa = s1_entry(scene, 3), whole = look(scene, pa);

	add(all, (struct defect){.bad_pa = pa,
				 .event = SMMU_F_WALK_EABT,
				 .cause = SMMU_CAUSE_s1_walk_abort});
	add(all, (struct defect){pa, 0, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_invalid, false});
	add(all, (struct defect){pa, (whole | BEYOND | DESC_RO) & ~DESC_AF, 0, SMMU_F_ADDR_SIZE,
				 SMMU_CAUSE_s1_output_size, false});
	add(all, (struct defect){pa, (whole | DESC_RO) & ~DESC_AF, 0, SMMU_F_ACCESS,
				 SMMU_CAUSE_s1_access_flag, false});
	add(all, (struct defect){pa, whole | DESC_RO, 0, SMMU_F_PERMISSION,
				 SMMU_CAUSE_s1_perm_write, false});
}

/* What it says before anything is broken. */
static void save(struct scene *scene, const struct defects *all, uint64_t *whole)
{
	for (unsigned i = 0; i < all->count; i++)
		whole[i] = all->defect[i].pa ? look(scene, all->defect[i].pa) : 0;
}

/* Memory with the defects from `first` on; of several in one place the first counts. */
static void break_from(struct scene *scene, const struct defects *all, const uint64_t *whole,
		       unsigned first)
{
	scene->bad_pa = 0;
	for (unsigned i = 0; i < all->count; i++)
		if (all->defect[i].pa)
			poke(scene, all->defect[i].pa, whole[i]);
	for (unsigned i = all->count; i-- > first;) {
		const struct defect *defect = &all->defect[i];

		if (defect->pa)
			poke(scene, defect->pa, defect->broken);
	}
	/* Only one read aborts at a time. */
	if (first < all->count)
		scene->bad_pa = all->defect[first].bad_pa;
}

static void expect_in_order(struct scene *scene, const struct defects *all,
			    struct smmu_request request)
{
	uint64_t whole[MAX_DEFECTS];

	save(scene, all, whole);
	for (unsigned i = 0; i < all->count; i++) {
		const struct defect *defect = &all->defect[i];
		struct smmu_response response;
		struct smmu_event record;

		break_from(scene, all, whole, i);
		response = send(scene, request);
		assert_int_equal(response.event, defect->event);
		assert_int_equal(response.cause, defect->cause);
		record = take_event(scene);
		assert_int_equal(record.type, defect->event);
		assert_int_equal(record.s2, defect->s2);
	}
	break_from(scene, all, whole, all->count);
	expect_pass(scene, request, PAGE);
}

static void nested_transaction(void **state)
{
	struct scene *scene = *state;
	struct defects all = {0};
	struct smmu_request request = {
		.sid = SUBSTREAM, .ssv = true, .ssid = 1, .addr = VA, .write = true};
	uint64_t ste = STRTAB + SUBSTREAM * 64, cd = CDTAB + 64;
	uint64_t cdmax = smmu_put(SMMU_STE0_S1CDMAX, ~0ull);

	add(&all, (struct defect){
			  .bad_pa = ste, .event = SMMU_F_STE_FETCH, .cause = SMMU_CAUSE_ste_fetch});
	add(&all, (struct defect){ste, 0, 0, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v, false});
	add(&all, (struct defect){ste, look(scene, ste) & ~cdmax, 0, SMMU_C_BAD_SUBSTREAMID,
				  SMMU_CAUSE_substream_range, false});
	add_stage2(scene, &all, CDTAB, S2_READ, SMMU_CAUSE_s2_perm_read);
	add(&all,
	    (struct defect){.bad_pa = cd, .event = SMMU_F_CD_FETCH, .cause = SMMU_CAUSE_cd_fetch});
	add(&all, (struct defect){cd, 0, 0, SMMU_C_BAD_CD, SMMU_CAUSE_cd_v, false});
	add(&all, (struct defect){cd, look(scene, cd) | SMMU_CD0_EPD0, 0, SMMU_F_TRANSLATION,
				  SMMU_CAUSE_s1_epd, false});
	add_stage2(scene, &all, ROOT0, S2_READ, SMMU_CAUSE_s2_perm_read);
	add_stage2(scene, &all, s1_entry(scene, 3) & ~0xfffull, S2_READ, SMMU_CAUSE_s2_perm_read);
	add_stage1_leaf(scene, &all);
	add_stage2(scene, &all, PAGE, S2_WRITE, SMMU_CAUSE_s2_perm_write);
	expect_in_order(scene, &all, request);
}

/* 7.3.22: 5 before 6, and both before a CD is fetched. */
static void substream_errors_come_before_the_cd(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {.sid = SUBSTREAM, .ssv = true, .addr = VA};

	clear_bits(scene, s2_entry(scene, CDTAB), S2_VALID);
	put_ste(scene, SUBSTREAM,
		ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB) | smmu_put(SMMU_STE0_S1CDMAX, 3),
		smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_SSID0));
	expect_abort(scene, request, SMMU_F_STREAM_DISABLED);
	request.ssid = 8;
	expect_abort(scene, request, SMMU_C_BAD_SUBSTREAMID);
	request.ssid = 1;
	expect_abort(scene, request, SMMU_F_TRANSLATION);
}

static void split_translated_transaction(void **state)
{
	struct scene *scene = *state;
	struct defects all = {0};
	struct smmu_request request = {
		.sid = NESTED, .addr = IPA_OF(PAGE), .kind = SMMU_ATS_TRANSLATED, .write = true};
	uint64_t ste = STRTAB + NESTED * 64, eats = smmu_put(SMMU_STE1_EATS, ~0ull);

	/* 3.9.1.3: configuration errors need REC_CFG_ATS, what follows does not. */
	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN);
	smmu_reg_write(scene->smmu, SMMU_REG_CR2, 4, SMMU_CR2_REC_CFG_ATS);
	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4,
		       SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN | SMMU_CR0_ATSCHK);
	poke(scene, ste + 8, smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT));
	add(&all, (struct defect){
			  .bad_pa = ste, .event = SMMU_F_STE_FETCH, .cause = SMMU_CAUSE_ste_fetch});
	add(&all, (struct defect){ste, 0, 0, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v, false});
	add(&all, (struct defect){ste + 8, look(scene, ste + 8) & ~eats, 0, SMMU_F_TRANSL_FORBIDDEN,
				  SMMU_CAUSE_ats_translated, false});
	add_stage2(scene, &all, PAGE, S2_WRITE, SMMU_CAUSE_s2_perm_write);
	expect_in_order(scene, &all, request);
}

/* 7.3.22 of stage 1 alone, and the stream table above it. */
static void stage_1_transaction(void **state)
{
	struct scene *scene = *state;
	struct defects all = {0};
	struct smmu_request request = {.sid = STAGE1, .addr = VA, .write = true};
	uint64_t root = ROOT1 + (VA >> 39 & 511) * 8, whole = look(scene, root);

	poke(scene, look(scene, STRTAB + STAGE1 * 64) & SMMU_STE0_S1CONTEXTPTR, cd0_asid(ASID));
	add(&all, (struct defect){.bad_pa = root,
				  .event = SMMU_F_WALK_EABT,
				  .cause = SMMU_CAUSE_s1_walk_abort});
	add(&all,
	    (struct defect){root, 0, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_invalid, false});
	add(&all, (struct defect){root, whole | BEYOND, 0, SMMU_F_ADDR_SIZE,
				  SMMU_CAUSE_s1_table_size, false});
	map(scene, ROOT1, VA, PAGE | LEAF_RW);
	expect_in_order(scene, &all, request);
	/* C_BAD_STREAMID comes before the fetch. */
	scene->bad_pa = STRTAB + 16 * 64;
	request.sid = 16;
	expect_abort(scene, request, SMMU_C_BAD_STREAMID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(nested_transaction),
		FLOW(substream_errors_come_before_the_cd),
		FLOW(split_translated_transaction),
		FLOW(stage_1_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
