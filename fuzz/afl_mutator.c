/* SPDX-License-Identifier: MIT */
/*
 * The mutator as an AFL++ custom mutator: built as a shared object, loaded with
 * AFL_CUSTOM_MUTATOR_LIBRARY. Written against the documented interface, no AFL++ header needed.
 * SVAFUZZ_DRIVER names the driver, as for the target: Linux drivers have the name of their policy.
 */
#include "mutator.h"

#include <stdlib.h>

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
		       uint8_t *add_buf, size_t add_buf_size, size_t max_size);
void afl_custom_deinit(void *data);

enum { CROSSOVER_ONE_IN = 8 };

struct afl_mutator {
	struct mutator_rng rng;
	uint8_t out[TRACE_BINARY_MAX];
};

static enum trace_policy policy_of_driver(void)
{
	const char *driver = getenv("SVAFUZZ_DRIVER");
	enum trace_policy policy = driver ? trace_policy_find(driver) : TRACE_POLICY_IO_MM;

	return policy == TRACE_NUM_POLICIES ? TRACE_POLICY_IO_MM : policy;
}

/* One per fuzzer process; NULL when out of memory, which AFL++ reports. */
void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator) {
		mutator_seed(&mutator->rng, seed);
		mutator_set_policy(&mutator->rng, policy_of_driver());
	}
	return mutator;
}

/* `add_buf` is another queue entry to splice with, or NULL. The output stays ours. */
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
		       uint8_t *add_buf, size_t add_buf_size, size_t max_size)
{
	struct afl_mutator *mutator = data;
	size_t size = buf_size, i;

	*out_buf = mutator->out;
	if (max_size > sizeof(mutator->out))
		max_size = sizeof(mutator->out);
	if (add_buf && add_buf_size && !mutator_below(&mutator->rng, CROSSOVER_ONE_IN)) {
		size = mutator_crossover(&mutator->rng, buf, buf_size, add_buf, add_buf_size,
					 mutator->out, max_size);
		if (size)
			return size;
		size = buf_size;
	}
	if (size > max_size)
		size = max_size;
	for (i = 0; i < size; i++)
		mutator->out[i] = buf[i];
	return mutate(&mutator->rng, mutator->out, size, max_size, NULL);
}

void afl_custom_deinit(void *data)
{
	free(data);
}
