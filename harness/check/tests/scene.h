/* SPDX-License-Identifier: MIT */
/*
 * A trace that is run while something goes wrong: behind the driver's back after an op, or in a
 * driver of which one function is replaced. A plain build has no planted faults; these are what
 * the comparisons are tested with.
 */
#ifndef SVAFUZZ_CHECK_TESTS_SCENE_H
#define SVAFUZZ_CHECK_TESTS_SCENE_H

#include "../check_state.h"

#include "../../../models/smmuv3/decode.h"
#include "../../../models/smmuv3/regs.h"
#include "../../world/pgtable.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp.h and stdarg.h above it. */
#include <cmocka.h>

/* Called after op `op` was compared; what it does is seen by the comparison of op + 1. */
typedef void (*scene_poke_fn)(struct check *c, unsigned op);

struct scene {
	const char *text;
	scene_poke_fn poke;
	const struct driver_ops *driver;  /* NULL: the real one */
	void (*created)(struct check *c); /* before the run */
	bool all;			  /* CHECK_ALL */
	bool no_caches;			  /* SMMU_CACHE_NONE */
};
struct divergence scene_run(const struct scene *scene);
/* The real operations, for functions that replace one of them; valid while a scene runs. */
extern const struct driver_ops *scene_real;

/* The trace must end with this divergence; fails with the whole of it otherwise. */
void expect_divergence(struct divergence d, enum divergence_kind kind, const char *rule, int op);
void expect_clean(struct divergence d);
/* ... and its texts contain these. */
void expect_texts(struct divergence d, const char *expected, const char *observed);

void scene_parse(struct trace *trace, const char *text);
struct check *scene_check(const struct check_config *config);

/* Where things stand in RAM, found by the architecture's own steps (5.2, 5.4). */
uint64_t scene_ste(struct check *c, unsigned device);
uint64_t scene_cd(struct check *c, unsigned device, uint32_t index);
uint64_t scene_root(struct check *c, unsigned task);
uint64_t scene_frame(struct check *c, unsigned task, unsigned slot);

/* One device and one process in domain A: ops 0 mmap, 1 bind; then two that change nothing. */
#define SCENE_HEADER                                                                               \
	"policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"                     \
	"domain A d0\nprocess p0\n"
#define SCENE_BOUND                                                                                \
	SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nprefetch d0 0x10000\n"               \
		     "prefetch d0 0x10000\n"
/* The same with two devices that have ATCs; d1 never binds. */
#define SCENE_ATS_HEADER                                                                           \
	"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"             \
	"device d1 rid=00:02.0 pasid-bits=4 ats\ndomain A d0 d1\nprocess p0\n"
#define SCENE_ATS_BOUND                                                                            \
	SCENE_ATS_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nprefetch d0 0x10000\n"           \
			 "prefetch d0 0x10000\n"

#endif
