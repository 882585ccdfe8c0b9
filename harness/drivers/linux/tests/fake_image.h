/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of this room: an image that is no kernel. It writes every call as text, so that a
 * test states in one string what a caller does, and answers as fake.answer says. Handles are objects
 * with references, one for each device and mm; PASIDs are the mm's number + 1.
 */
#ifndef SVAFUZZ_LINUX_FAKE_IMAGE_H
#define SVAFUZZ_LINUX_FAKE_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../world/tests/assert_fails.h"
#include "../linux.h"

struct fake_handle {
	unsigned device, mm, refs;
};

/* What a trace may change; the driver puts it back. */
struct fake_state {
	unsigned counter;
	struct fake_handle *handle[LINUX_MAX_REFS];
	bool mm[LINUX_MAX_MMS];
	unsigned dropping; /* set of mms whose last reference is pending work */
	void *boot_object;
};

struct fake {
	const struct linux_host *host;
	int enable_error[2]; /* by enum linux_feature */
	int attach_error;
	size_t used;
	char text[2048];
};

extern const struct linux_image fake_image;
extern struct fake_state fake_state;
extern struct fake fake;

static inline void forget(void)
{
	fake.used = 0;
	fake.text[0] = '\0';
}

/* The driver over the fake, with endpoints d0 (group 0), d1 and d2 (group 1) and three processes. */
struct linux_driver *fake_probe(void);
/* No endpoints: a world, and the driver's parts alone. */
struct world *fresh_world(void);

#endif
