/* SPDX-License-Identifier: MIT */
/*
 * For the tests of this room: a fresh world, and a recorder that writes what happens to it as
 * text, so that a test states the order it expects in one string.
 *   "pte 10000/3 - rw"     descriptor of 0x10000 at level 3: was invalid, now writable
 *   "inval 10000-12000"    a notifier was called        "notified 10000-12000"  all have returned
 *   "release"              the release notifier         "notified 0-0"          it has returned
 *   "free data"            a frame is about to be reused (table, driver)
 */
#ifndef SVAFUZZ_WORLD_TEST_FIXTURE_H
#define SVAFUZZ_WORLD_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../internal.h"
#include "assert_fails.h"

struct recorder {
	struct world *world;
	bool ptes; /* record level 3 descriptors too */
	bool unregister_on_release;
	uint64_t must_live;    /* a frame that notifiers must still find in use; 0: none */
	uint64_t must_be_gone; /* a va whose descriptor notifiers must find invalid; 0: none */
	size_t used;
	char text[4096];
};

__attribute__((format(printf, 2, 3))) static inline void record(struct recorder *recorder,
								const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(recorder->text + recorder->used, sizeof(recorder->text) - recorder->used, fmt,
		      args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(recorder->text) - recorder->used);
	recorder->used += (size_t)n;
}

static inline void forget(struct recorder *recorder)
{
	recorder->used = 0;
	recorder->text[0] = '\0';
}

static inline void record_invalidate(void *ctx, unsigned mm, uint64_t start, uint64_t end)
{
	struct recorder *recorder = ctx;
	uint64_t root = world_mm_root(recorder->world, mm);

	record(recorder, "inval %llx-%llx; ", (unsigned long long)start, (unsigned long long)end);
	if (recorder->must_live)
		assert_true(ram_live(&recorder->world->ram, recorder->must_live));
	if (recorder->must_be_gone)
		assert_int_equal(pgtable_lookup(root, recorder->must_be_gone), 0);
}

static inline void record_release(void *ctx, unsigned mm)
{
	struct recorder *recorder = ctx;

	record(recorder, "release; ");
	/* The tables are whole, but nobody can become a user any more. */
	assert_true(world_mm_root(recorder->world, mm) != 0);
	assert_true(recorder->world->mm[mm].exiting);
	assert_false(world_mm_alive(recorder->world, mm));
	if (recorder->must_live)
		assert_true(ram_live(&recorder->world->ram, recorder->must_live));
	if (recorder->unregister_on_release)
		world_notifier_unregister(recorder->world, mm, recorder);
}

static const struct world_notifier_ops recorder_ops = {
	.invalidate = record_invalidate,
	.release = record_release,
};

static inline void record_frame_free(void *ctx, uint64_t pa, enum frame_kind kind)
{
	static const char *const name[FRAME_KINDS] = {"free", "data", "table", "driver"};
	struct recorder *recorder = ctx;

	record(recorder, "free %s; ", name[kind]);
	/* Not yet: the hook comes before the frame can be reused. */
	assert_true(ram_live(&recorder->world->ram, pa));
}

static inline void record_notified(void *ctx, unsigned mm, uint64_t start, uint64_t end)
{
	(void)mm;
	record(ctx, "notified %llx-%llx; ", (unsigned long long)start, (unsigned long long)end);
}

static inline const char *desc_name(uint64_t desc)
{
	return !desc ? "-" : desc & PT_AP_RO ? "ro" : "rw";
}

static inline void record_pte(void *ctx, uint64_t root, uint64_t va, unsigned level,
			      uint64_t old_desc, uint64_t new_desc)
{
	struct recorder *recorder = ctx;

	(void)root;
	if (!recorder->ptes)
		return;
	if (level < 3)
		record(recorder, "%s %llx/%u; ", new_desc ? "link" : "unlink",
		       (unsigned long long)va, level);
	else
		record(recorder, "pte %llx/3 %s %s; ", (unsigned long long)va, desc_name(old_desc),
		       desc_name(new_desc));
}

static inline struct world *fresh_world(void)
{
	struct error error = {0};
	struct world *world = world_get(&error);

	if (!world)
		fail_msg("%s", error.text);
	world_reset(world);
	return world;
}

/* Hooks and port of the world write into the recorder. */
static inline void connect_recorder(struct recorder *recorder, struct world *world)
{
	memset(recorder, 0, sizeof(*recorder));
	recorder->world = world;
	world->hooks.ctx = recorder;
	world->hooks.frame_free = record_frame_free;
	world->hooks.notified = record_notified;
	world->port[0].ctx = recorder;
	world->port[0].pte = record_pte;
}

#endif
