/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches under guests that manage their own stage 1. Each VM has its memory
 * as one stage-2 block at one IPA, the same for all, so that VMIDs alone tell them apart (3.17): a
 * block that stands holds no frame, what a guest forgets to invalidate does, and what one guest does
 * leaves the other alone.
 * Run: ctest -R smmuv3.test_worst_guest
 */
#define RAM_BYTES 0x600000ull
#include "worst_scene.h"

#define VM_IPA	 0x100000000ull
#define VM_BYTES 0x200000ull
/* In the memory of a VM. */
#define CDS	 0x0000ull
#define ROOT	 0x1000ull /* and its tables for VA behind it */
#define DATA	 0x10000ull
#define ASID	 1
#define PASID	 1
#define CD_BITS	 6
#define S2_BLOCK (1ull | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | (0xfull << 2))

enum { VMS = 2 };

static uint64_t vm_base(unsigned vm)
{
	return RAM_BASE + (vm + 1) * VM_BYTES;
}

/* Stage 2 of a VM: a table at level 1 and one at level 2, in the host's memory. */
static uint64_t s2_root(unsigned vm)
{
	return RAM_BASE + 0xe0000 + vm * 0x2000ull;
}

static uint32_t sid_of(unsigned vm)
{
	return vm + 1;
}

static uint16_t vmid_of(unsigned vm)
{
	return (uint16_t)(vm + 1);
}

static uint64_t ste2(unsigned vm)
{
	return smmu_put(SMMU_STE2_S2VMID, vmid_of(vm)) | smmu_put(SMMU_STE2_S2T0SZ, 25) |
	       smmu_put(SMMU_STE2_S2SL0, 1) | smmu_put(SMMU_STE2_S2PS, 2) | SMMU_STE2_S2AA64 |
	       SMMU_STE2_S2R;
}

static struct smmu_command for_vm(unsigned vm, struct smmu_command command)
{
	command.word[0] |= smmu_put(SMMU_CMD0_VMID, vmid_of(vm));
	return command;
}

#define GUEST_TLBI_VA(vm, va) for_vm((vm), TLBI_VA(ASID, (va)))
#define GUEST_TLBI_ASID(vm)   for_vm((vm), TLBI_ASID(ASID))

/* 5.2: what the host writes. */

/* 3.21.3.1: what Config does not use yet first, so that no mix of words is seen. */
static void put_ste_in_steps(struct scene *scene, uint32_t sid, uint64_t w0, uint64_t w1,
			     unsigned vm)
{
	store(scene, ste_at(sid) + 24, s2_root(vm));
	store(scene, ste_at(sid) + 16, ste2(vm));
	store(scene, ste_at(sid) + 8, w1);
	RUN(scene, CFGI_STE(sid), SYNC);
	store(scene, ste_at(sid), w0);
	RUN(scene, CFGI_STE(sid), SYNC);
}

static void host_gives_stage_2(struct scene *scene, unsigned vm)
{
	poke(scene, s2_root(vm) + VM_IPA / (1ull << 30) * 8, (s2_root(vm) + 0x1000) | 3);
	poke(scene, s2_root(vm) + 0x1000, vm_base(vm) | S2_BLOCK);
	put_ste_in_steps(scene, sid_of(vm),
			 SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S2), STE1_ATS,
			 vm);
}

static void host_gives_table(struct scene *scene, unsigned vm)
{
	put_ste_in_steps(scene, sid_of(vm),
			 SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1S2) |
				 (VM_IPA + CDS) | smmu_put(SMMU_STE0_S1CDMAX, CD_BITS),
			 STE1_ATS | smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS), vm);
}

static void host_takes_function(struct scene *scene, unsigned vm)
{
	uint32_t sid = sid_of(vm);

	store(scene, ste_at(sid), STE0_ABORT);
	RUN(scene, CFGI_STE(sid), SYNC);
	RUN(scene, smmu_cmd_tlbi_s12(vmid_of(vm)), SYNC);
	RUN(scene, ATC_INV(sid), SYNC);
}

/* What the guest writes: descriptors hold IPAs. */

static void guest_desc(struct scene *scene, unsigned vm, unsigned level, uint64_t desc)
{
	uint64_t table = vm_base(vm) + ROOT + level * 0x1000ull;
	uint64_t entry = table + (VA >> (39 - 9 * level) & 511) * 8, old = look(scene, entry);

	poke(scene, entry, desc);
	smmu_note_pte_at(scene->smmu, VM_IPA + ROOT, vm_base(vm) + ROOT,
			 VA & ~((1ull << (39 - 9 * level)) - 1), level, old, desc);
}

static void guest_maps(struct scene *scene, unsigned vm, uint64_t data)
{
	for (unsigned level = 0; level < 3; level++)
		guest_desc(scene, vm, level, (VM_IPA + ROOT + (level + 1) * 0x1000ull) | 3);
	guest_desc(scene, vm, 3, (VM_IPA + data) | LEAF_RW);
}

static uint64_t guest_cd(unsigned vm)
{
	return vm_base(vm) + CDS + PASID * 64ull;
}

static void guest_binds(struct scene *scene, unsigned vm)
{
	guest_maps(scene, vm, DATA);
	store(scene, guest_cd(vm) + 8, VM_IPA + ROOT);
	RUN(scene, CFGI_CD(sid_of(vm), PASID), SYNC);
	store(scene, guest_cd(vm), cd0_asid(ASID));
	RUN(scene, CFGI_CD(sid_of(vm), PASID), SYNC);
}

static int guest_setup(void **state)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.stage2 = true;
	scene = worst_new_as(profile, 4);
	for (unsigned vm = 0; vm < VMS; vm++)
		store_ste(scene, sid_of(vm), STE0_ABORT, 0);
	set_smmuen(scene, true);
	for (unsigned vm = 0; vm < VMS; vm++) {
		smmu_stream_set_ssid_bits(scene->smmu, vm, CD_BITS);
		host_gives_stage_2(scene, vm);
		smmu_stream_set_ats(scene->smmu, vm, true);
		host_gives_table(scene, vm);
		guest_binds(scene, vm);
	}
	expect_nothing_stale(scene);
	*state = scene;
	return 0;
}

#define GUEST(name) cmocka_unit_test_setup_teardown(name, guest_setup, scene_teardown)

static bool held(struct scene *scene, unsigned vm, uint64_t offset)
{
	return smmu_frame_held(scene->smmu, vm_base(vm) + offset, 4096);
}

/* The context of a stream that is of a PASID, or of none; there is one. */
static struct smmu_context context_of(struct scene *scene, unsigned vm, bool ssv)
{
	struct smmu_contexts all = smmu_contexts(scene->smmu);
	const struct smmu_context *found = NULL;

	for (unsigned i = 0; i < all.count; i++)
		if (all.context[i].stream == vm && all.context[i].ssv == ssv) {
			assert_null(found);
			found = &all.context[i];
		}
	assert_non_null(found);
	return *found;
}

static void contexts_tell_both_stages(void **state)
{
	struct scene *scene = *state;
	struct smmu_context context;

	for (unsigned vm = 0; vm < VMS; vm++) {
		context = context_of(scene, vm, false);
		assert_int_equal(context.kind, SMMU_CTX_BYPASS);
		assert_false(context.whole || context.held);
		assert_true(context.ats && context.s2.on);
		assert_int_equal(context.s2.ttb, s2_root(vm));
		context = context_of(scene, vm, true);
		assert_int_equal(context.kind, SMMU_CTX_S1);
		assert_int_equal(context.ssid, PASID);
		assert_int_equal(context.s1.ttb0, VM_IPA + ROOT);
		assert_int_equal(context.s1.asid, ASID);
		assert_int_equal(context.s1.vmid, vmid_of(vm));
		assert_true(context.ats && context.s2.on);
		assert_int_equal(context.s2.vmid, vmid_of(vm));
		EXPECT(scene, pasid(sid_of(vm), PASID, VA), rw(vm_base(vm) + DATA));
		EXPECT(scene, plain(sid_of(vm), VM_IPA + DATA), rw(vm_base(vm) + DATA));
	}
}

static void stage_2_alone_is_one_context_for_all(void **state)
{
	struct scene *scene = *state;
	struct smmu_context context;

	host_takes_function(scene, 0);
	host_gives_stage_2(scene, 0);
	context = context_of(scene, 0, false);
	assert_int_equal(context.kind, SMMU_CTX_BYPASS);
	assert_true(context.whole && context.s2.on && context.ats);
	EXPECT(scene, pasid(1, PASID, VA), fault(SMMU_C_BAD_SUBSTREAMID));
	expect_nothing_stale(scene);
}

static void a_block_that_stands_holds_no_frame(void **state)
{
	struct scene *scene = *state;

	assert_false(held(scene, 0, DATA));
	assert_false(held(scene, 0, DATA + 0x1000));
	/* What is read as a structure is another matter. */
	assert_true(held(scene, 0, CDS));
	assert_true(held(scene, 0, ROOT));
	for (unsigned level = 1; level < 4; level++)
		assert_true(
			smmu_table_live(scene->smmu, vm_base(0) + ROOT + level * 0x1000ull, 4096));
	assert_true(smmu_frame_held(scene->smmu, s2_root(0), 4096));
	assert_true(smmu_table_live(scene->smmu, s2_root(0) + 0x1000, 4096));
}

static void a_guest_that_invalidates_may_reuse_its_frame(void **state)
{
	struct scene *scene = *state;

	guest_desc(scene, 0, 3, 0);
	assert_true(held(scene, 0, DATA));
	RUN(scene, GUEST_TLBI_VA(0, VA), SYNC, ATC_INV_PAGE(1, PASID, VA), SYNC);
	assert_false(held(scene, 0, DATA));
	expect_nothing_stale(scene);
	EXPECT(scene, pasid(1, PASID, VA), fault(SMMU_F_TRANSLATION));
}

static void a_guest_that_forgets_the_tlbi_has_a_record(void **state)
{
	struct scene *scene = *state;
	const struct smmu_held_tlb *entry;

	guest_desc(scene, 0, 3, 0);
	RUN(scene, ATC_INV_PAGE(1, PASID, VA), SYNC);
	assert_true(held(scene, 0, DATA));
	assert_int_equal(stale(scene).num_tlb, 1);
	entry = stale(scene).tlb;
	assert_int_equal(entry->stage, SMMU_HELD_S1);
	assert_int_equal(entry->vmid, vmid_of(0));
	assert_int_equal(entry->va, VA);
	assert_int_equal(entry->pa, VM_IPA + DATA);
	assert_int_equal(
		smmu_contexts(scene->smmu).context[smmu_tlb_user(scene->smmu, entry, 0)].stream, 0);
	/* 3.9.1, D-2: and the ATC has it again. */
	assert_true(stale(scene).num_atc == 1 && stale(scene).atc[0].refilled);
	assert_int_equal(stale(scene).atc[0].pa, vm_base(0) + DATA);
}

static void a_guest_that_forgets_the_atc_has_a_record(void **state)
{
	struct scene *scene = *state;

	guest_desc(scene, 0, 3, 0);
	RUN(scene, GUEST_TLBI_VA(0, VA), SYNC);
	assert_int_equal(stale(scene).num_tlb, 0);
	assert_int_equal(stale(scene).num_atc, 1);
	assert_true(held(scene, 0, DATA));
	/* 3.9.1: a disabled ATC is empty. */
	smmu_stream_set_ats(scene->smmu, 0, false);
	assert_false(held(scene, 0, DATA));
	expect_nothing_stale(scene);
}

static void a_table_of_the_guest_is_held_until_its_tlbi(void **state)
{
	struct scene *scene = *state;

	guest_desc(scene, 0, 2, 0);
	assert_true(held(scene, 0, ROOT + 0x3000));
	RUN(scene, for_vm(0, TLBI_LEAF(ASID, VA)), SYNC);
	assert_true(held(scene, 0, ROOT + 0x3000));
	RUN(scene, GUEST_TLBI_VA(0, VA), SYNC, ATC_INV_SSID(1, PASID), SYNC);
	assert_false(held(scene, 0, ROOT + 0x3000));
	assert_false(held(scene, 0, DATA));
}

static void an_unbound_root_is_held_until_the_asid_goes(void **state)
{
	struct scene *scene = *state;

	store(scene, guest_cd(0), 0);
	assert_true(held(scene, 0, ROOT));
	RUN(scene, CFGI_CD(1, PASID), SYNC);
	assert_int_equal(stale(scene).num_frozen, 2);
	RUN(scene, GUEST_TLBI_ASID(1), SYNC, ATC_INV_SSID(2, PASID), SYNC);
	assert_int_equal(stale(scene).num_frozen, 2);
	RUN(scene, GUEST_TLBI_ASID(0), SYNC, ATC_INV_SSID(1, PASID), SYNC);
	expect_nothing_stale(scene);
	assert_false(held(scene, 0, ROOT));
	assert_true(held(scene, 1, ROOT));
}

static void one_guest_leaves_the_other_alone(void **state)
{
	struct scene *scene = *state;

	guest_desc(scene, 0, 3, 0);
	assert_false(held(scene, 1, DATA));
	EXPECT(scene, pasid(2, PASID, VA), rw(vm_base(1) + DATA));
	for (unsigned i = 0; i < stale(scene).num_tlb; i++)
		assert_int_equal(stale(scene).tlb[i].vmid, vmid_of(0));
	for (unsigned i = 0; i < stale(scene).num_atc; i++)
		assert_int_equal(stale(scene).atc[i].stream, 0);
	/* The other one's invalidations take nothing. */
	RUN(scene, GUEST_TLBI_VA(1, VA), SYNC, ATC_INV_PAGE(2, PASID, VA), SYNC);
	assert_true(held(scene, 0, DATA));
	assert_int_equal(stale(scene).num_tlb, 1);
	assert_int_equal(stale(scene).num_atc, 1);
}

static void a_frozen_tree_outlives_changes_of_its_twin(void **state)
{
	struct scene *scene = *state;

	store(scene, guest_cd(0), 0);
	RUN(scene, CFGI_CD(1, PASID), SYNC);
	assert_int_equal(stale(scene).num_frozen, 2);
	/* A tree with the same root IPA in the other VM. */
	guest_desc(scene, 1, 3, 0);
	assert_int_equal(stale(scene).num_frozen, 2);
	guest_desc(scene, 0, 3, 0);
	assert_int_equal(stale(scene).num_frozen, 0);
	assert_true(held(scene, 1, DATA));
}

static void after_teardown_nothing_is_held(void **state)
{
	struct scene *scene = *state;

	guest_desc(scene, 0, 3, 0);
	host_takes_function(scene, 0);
	expect_nothing_stale(scene);
	for (uint64_t at = 0; at < 0x20000; at += 0x1000)
		assert_false(held(scene, 0, at));
	assert_false(smmu_frame_held(scene->smmu, s2_root(0), 0x2000));
	assert_false(smmu_table_live(scene->smmu, s2_root(0), 0x2000));
	EXPECT(scene, pasid(2, PASID, VA), rw(vm_base(1) + DATA));
}

static void teardown_without_the_tlbi_holds_all_memory_of_the_vm(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(1), STE0_ABORT);
	RUN(scene, CFGI_STE(1), SYNC, ATC_INV(1), SYNC);
	/* Whoever gets the VMID would use what is left of it. */
	assert_true(stale(scene).num_frozen >= 2);
	for (unsigned i = 0; i < stale(scene).num_frozen; i++) {
		const struct smmu_frozen *frozen = &stale(scene).frozen[i];

		assert_true(frozen->tlb);
		assert_int_equal(frozen->s2.vmid, vmid_of(0));
	}
	assert_false(held(scene, 0, ROOT));
	store(scene, ste_at(2) + 16, ste2(0));
	RUN(scene, CFGI_STE(2), SYNC);
	assert_true(held(scene, 0, ROOT));
	assert_true(possible(scene, plain(2, VM_IPA + DATA), rw(vm_base(0) + DATA)));
}

static void a_function_moves_to_another_vm(void **state)
{
	struct scene *scene = *state;
	host_takes_function(scene, 0);
	put_ste_in_steps(scene, 1, look(scene, ste_at(2)), look(scene, ste_at(2) + 8), 1);
	expect_nothing_stale(scene);
	EXPECT(scene, pasid(1, PASID, VA), rw(vm_base(1) + DATA));
	assert_false(held(scene, 0, CDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST(contexts_tell_both_stages),
		GUEST(stage_2_alone_is_one_context_for_all),
		GUEST(a_block_that_stands_holds_no_frame),
		GUEST(a_guest_that_invalidates_may_reuse_its_frame),
		GUEST(a_guest_that_forgets_the_tlbi_has_a_record),
		GUEST(a_guest_that_forgets_the_atc_has_a_record),
		GUEST(a_table_of_the_guest_is_held_until_its_tlbi),
		GUEST(an_unbound_root_is_held_until_the_asid_goes),
		GUEST(one_guest_leaves_the_other_alone),
		GUEST(a_frozen_tree_outlives_changes_of_its_twin),
		GUEST(after_teardown_nothing_is_held),
		GUEST(teardown_without_the_tlbi_holds_all_memory_of_the_vm),
		GUEST(a_function_moves_to_another_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
