/* SPDX-License-Identifier: MIT */
/*
 * Both stages of translation: RAM stands at IPA_OF(pa), mapped page by page, so that each page that
 * stage 1 uses has a stage-2 descriptor of its own to break.
 */
#ifndef SMMUV3_TESTS_NESTED_SCENE_H
#define SMMUV3_TESTS_NESTED_SCENE_H

#include "scene.h"

#define S2_ROOT	    (TABLES + 0x80000)
#define IPA_OFFSET  0x100000000ull
#define IPA_OF(pa)  ((pa) + IPA_OFFSET)
#define S2_RW	    (3ull | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | 0xfull << 2)
#define S2_AF	    SMMU_BIT(10)
#define S2_READ	    SMMU_BIT(6)
#define S2_WRITE    SMMU_BIT(7)
#define DBM	    SMMU_BIT(51)
#define NESTED_VA   0x7f0000245000ull
#define NESTED_PAGE (RAM_BASE + 0xf8000)

struct nested {
	struct scene *scene;
	struct smmu_s1 s1;
	struct smmu_s2 s2;
	uint64_t s1_entry[4]; /* of NESTED_VA, by level; physical */
	unsigned reads, exchanges;
	uint64_t racy;		/* the first exchange here finds something else, */
	uint64_t race_value;	/* which is this */
	bool always, cas_abort; /* each exchange does; exchanges abort */
};

/* Where the stage-2 descriptor of an IPA stands. */
static inline uint64_t s2_entry(struct nested *nested, uint64_t ipa)
{
	struct smmu_walk walk = smmu_walk_s2(nested->scene->smmu, &nested->s2, ipa);

	assert_true(walk.level == 3);
	return walk.fetch_addr;
}

static inline bool nested_read64(void *ctx, uint64_t pa, uint64_t *value)
{
	struct nested *nested = ctx;

	nested->reads++;
	return scene_read64(nested->scene, pa, value);
}

static inline bool nested_write64(void *ctx, uint64_t pa, uint64_t value)
{
	return scene_write64(((struct nested *)ctx)->scene, pa, value);
}

static inline bool nested_cas64(void *ctx, uint64_t pa, uint64_t expected, uint64_t desired,
				uint64_t *found)
{
	struct nested *nested = ctx;

	nested->exchanges++;
	if (nested->cas_abort)
		return false;
	if (pa == nested->racy) {
		poke(nested->scene, pa,
		     nested->always ? look(nested->scene, pa) ^ SMMU_BIT(55) : nested->race_value);
		if (!nested->always)
			nested->racy = 0;
	}
	*found = look(nested->scene, pa);
	if (*found == expected)
		poke(nested->scene, pa, desired);
	return true;
}

/* Stage 1 maps NESTED_VA to NESTED_PAGE with `desc`; its tables and the page are IPAs. */
static inline struct nested *nested_new(uint64_t desc)
{
	struct nested *nested = calloc(1, sizeof(*nested));
	struct smmu_profile profile = scene_profile();
	struct scene *scene;
	uint64_t table = ROOT0;

	assert_non_null(nested);
	profile.stage2 = true;
	profile.xnx = true;
	profile.httu = SMMU_HTTU_DIRTY;
	scene = nested->scene = scene_new(profile);
	nested->s1 = (struct smmu_s1){.ttb0 = IPA_OF(ROOT0),
				      .t0sz = 16,
				      .epd1 = true,
				      .granule0 = 12,
				      .granule1 = 12,
				      .ips_bits = 40,
				      .record = true};
	nested->s2 = (struct smmu_s2){.ttb = S2_ROOT,
				      .on = true,
				      .ia_bits = 39,
				      .start_level = 1,
				      .granule = 12,
				      .ps_bits = 40,
				      .record = true};
	map_tables(scene, 12, 0, ROOT0, IPA_OFFSET, NESTED_VA, 3, IPA_OF(NESTED_PAGE) | desc);
	for (unsigned level = 0; level < 4; level++) {
		nested->s1_entry[level] = table + (NESTED_VA >> (39 - 9 * level) & 511) * 8;
		table = (look(scene, nested->s1_entry[level]) & SMMU_MASK(47, 12)) - IPA_OFFSET;
	}
	scene->next_table = S2_ROOT + 0x1000;
	for (uint64_t pa = RAM_BASE; pa < RAM_BASE + RAM_BYTES; pa += 4096)
		map_tables(scene, 12, 1, S2_ROOT, 0, IPA_OF(pa), 3, pa | S2_RW);
	scene->smmu->bus.ctx = nested;
	scene->smmu->bus.read64 = nested_read64;
	scene->smmu->bus.write64 = nested_write64;
	scene->smmu->bus.cas64 = nested_cas64;
	scene->writes = 0;
	return nested;
}

static inline void nested_free(struct nested *nested)
{
	scene_free(nested->scene);
	free(nested);
}

static inline struct smmu_walk nested_walk(struct nested *nested, struct smmu_request request)
{
	request.addr |= NESTED_VA;
	return smmu_walk_both(nested->scene->smmu, &nested->s1, &nested->s2, &request, true);
}

static inline struct smmu_walk nested_read(struct nested *nested)
{
	return nested_walk(nested, (struct smmu_request){0});
}

static inline struct smmu_walk nested_write(struct nested *nested)
{
	return nested_walk(nested, (struct smmu_request){.write = true});
}

static inline void expect_walk_fault(struct smmu_walk walk, uint8_t event, uint8_t cause, bool s2,
				     uint8_t class, uint64_t ipa)
{
	assert_int_equal(walk.event, event);
	assert_int_equal(walk.cause, cause);
	assert_int_equal(walk.s2, s2);
	assert_int_equal(walk.fault_class, class);
	if (s2)
		assert_int_equal(walk.ipa, ipa);
}

#endif
